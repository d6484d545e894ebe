"""Bytes from outside, unpacked within limits and compared with what they must be."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from ...errors import InputError
from ..regular_file import open_regular
from .source import KnownFile, find_file

CHUNK = 1 << 20


class BadContent(Exception):
    """A file is not what it must be; the message says how, without the file's name."""


class Limited(io.RawIOBase):
    """A stream that refuses to give more than ``limit`` bytes (against archive bombs)."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream, self.limit, self.left = stream, limit, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.stream.read(min(len(buffer), self.left + 1))
        if len(data) > self.left:
            raise BadContent(f"holds more than the {self.limit:,} bytes allowed")
        self.left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def copy_checked(
    stream: BinaryIO,
    known: KnownFile,
    write: Callable[[bytes], object] = len,
    *,
    compare: bool = True,
) -> None:
    """Unpack ``stream`` if it is gzip, write its content on, and compare size and checksum.

    Never takes in or gives out much more than the known size. What was written is good only
    if this returns. ``compare=False`` checks that it unpacks and has no more than the known
    size, which says nothing about what it is. Raises BadContent.
    """
    limited = io.BufferedReader(Limited(stream, known.packed_limit))
    first = limited.peek(2)[:2]
    packed = first == b"\x1f\x8b" and not known.verbatim
    content = gzip.GzipFile(fileobj=limited) if packed else limited
    algorithm, wanted = known.digest
    digest, size = hashlib.new(algorithm, usedforsecurity=False), 0
    try:
        while chunk := content.read(CHUNK):
            size += len(chunk)
            if size > known.limit:
                raise BadContent(f"expected {known.limit:,} bytes, received more")
            if compare:
                digest.update(chunk)
            write(chunk)
    except EOFError:
        of = "" if known.size is None else f"expected {known.size:,} bytes, "
        raise BadContent(f"truncated: {of}received {size:,}") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BadContent(f"damaged gzip ({error})") from error
    if not compare:
        return
    if known.size is not None and size < known.size:
        kind = ", which look like a web page" if first[:1] == b"<" else ""
        raise BadContent(f"expected {known.size:,} bytes, received {size:,}{kind}")
    if digest.hexdigest() != wanted:
        kind = ""
        if known.name.endswith(".gz") and first != b"\x1f\x8b":
            kind = "; the checksum is of the packed file, and this is not packed"
        raise BadContent(f"expected {algorithm} {wanted}, received {digest.hexdigest()}{kind}")


def unpacked(path: Path, limit: int) -> bytes:
    """What the file at ``path`` holds, plain or packed with gzip.

    Raises InputError for one that is missing, damaged, or of more than ``limit`` bytes.
    """
    chunks: list[bytes] = []
    try:
        with open_regular(path) as stream:
            known = KnownFile(path.name, limit, "")
            copy_checked(cast(BinaryIO, stream), known, chunks.append, compare=False)
    except FileNotFoundError:
        raise InputError(f"no file {path}") from None
    except BadContent as error:
        raise InputError(f"{path} is damaged: {error}") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    return b"".join(chunks)


def check_file(folder: Path, known: KnownFile) -> tuple[str, bool, str]:
    """(path or name, is it good?, in words) for one file of a data set."""
    path = find_file(folder, known)
    if path is None:
        return known.name, False, f"missing in {folder}"
    try:
        with open_regular(path, name="it") as stream:
            copy_checked(cast(BinaryIO, stream), known)
    except (BadContent, InputError) as error:
        return str(path), False, str(error)
    except OSError as error:
        return str(path), False, f"cannot be read: {error.strerror or error}"
    size = os.path.getsize(path) if known.size is None else known.size
    return str(path), True, f"{size:,} bytes, {' '.join(known.digest)}"
