"""Look into files, folders and archives for files of given names, without unpacking to disk.

Nothing in an archive chooses where anything is written: members are found by the last part of
their name and handed over as streams, so a path such as ``../../x`` has no meaning here.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from ...errors import InputError
from ..regular_file import open_regular
from .checksums import BadContent, Limited

LARGEST = 2 << 30
"""Bytes that an archive may have, and may unpack to."""

BROKEN = (
    OSError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,  # an encrypted member of a zip, or one packed in a way unknown to zipfile
    BadContent,
)
"""What reading a damaged archive can raise; also while a stream is read."""


def find_members(path: Path, wanted: Collection[str]) -> Iterator[tuple[str, str, BinaryIO]]:
    """Yield (name, where it was found, stream) for each file of a wanted name in ``path``.

    ``path`` is a file, a folder (searched through, links to folders are not followed) or an
    archive (.zip, or .tar packed with gzip, bzip2 or xz). The stream is valid until the next
    is asked for. Raises InputError if ``path`` is not there or cannot be read, at once if it is
    a device, a pipe or a socket, and if an archive is damaged or would unpack to more than 2 GiB.
    """
    try:
        if path.is_dir():
            for folder, _, names in os.walk(path):
                for name in sorted(set(names).intersection(wanted)):
                    with open_regular(Path(folder, name)) as file:
                        yield name, os.path.join(folder, name), cast(BinaryIO, file)
        elif path.name in wanted:
            with open_regular(path) as file:
                yield path.name, str(path), cast(BinaryIO, file)
        else:
            # A device has no end where a .zip has its table, and a tape of zeros none at all.
            with open_regular(path, LARGEST) as file:
                is_zip = zipfile.is_zipfile(file)
                file.seek(0)
                yield from (_in_zip if is_zip else _in_tar)(path, file, wanted)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except BROKEN as error:
        raise InputError(f"{path} cannot be unpacked: {error}") from error


def _in_zip(
    path: Path, raw: BufferedReader, wanted: Collection[str]
) -> Iterator[tuple[str, str, BinaryIO]]:
    with zipfile.ZipFile(raw) as archive:
        for member in archive.infolist():
            name = member.filename.rpartition("/")[2]
            if name in wanted:
                with archive.open(member) as stream:
                    yield name, f"{path}:{member.filename}", cast(BinaryIO, stream)


def _in_tar(
    path: Path, raw: BufferedReader, wanted: Collection[str]
) -> Iterator[tuple[str, str, BinaryIO]]:
    start = raw.peek(6)[:6]
    with _unpacked(raw, start) as stream:
        # One read forward: the limit then holds for what is skipped as well.
        limited = cast(BinaryIO, Limited(stream, LARGEST))
        try:
            archive = tarfile.open(fileobj=limited, mode="r|")  # noqa: SIM115
        except tarfile.ReadError as error:
            raise InputError(
                f"{path} is neither one of the files, nor a folder, nor a .zip or .tar "
                f"archive ({error})"
            ) from error
        with archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                if name not in wanted or not member.isreg():
                    continue
                if (content := archive.extractfile(member)) is not None:
                    yield name, f"{path}:{member.name}", cast(BinaryIO, content)


def _unpacked(raw: BufferedReader, start: bytes) -> AbstractContextManager[BinaryIO]:
    if start.startswith(b"\x1f\x8b"):
        return cast(AbstractContextManager[BinaryIO], gzip.open(raw))
    if start.startswith(b"BZh"):
        return cast(AbstractContextManager[BinaryIO], bz2.open(raw))
    if start.startswith(b"\xfd7zXZ\x00"):
        return cast(AbstractContextManager[BinaryIO], lzma.open(raw))
    return cast(AbstractContextManager[BinaryIO], nullcontext(raw))
