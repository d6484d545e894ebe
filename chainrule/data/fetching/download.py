"""Fetch the files of a data set: mirrors in turn, resumed, verified, and put in place whole."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from ...errors import InputError
from ...locks import Taken, locked
from .checksums import BadContent, check_file, copy_checked
from .http import MirrorFailed, Progress, resume, without_credentials
from .pace import TooSlow
from .paths import home
from .progress import say
from .source import KnownFile, Source

WORKSHOP = ".download"
"""The folder in the data set's for what is on its way. It stays if a download is cut off."""

WAIT = 1800.0
"""Seconds to wait for another process that fetches the same data set."""


def fetch_source(
    source: Source,
    data_dir: str | os.PathLike[str] | None,
    progress: Progress,
) -> Path:
    """The folder with every file of ``source``, after fetching what is missing or damaged.

    New files go to the data directory that was given, else $CHAINRULE_DATA, else the cache.
    Two processes may fetch at once: the second waits and finds the files there. A file in the
    way that is not the right one is kept as ``<name>.damaged``.

    Raises InputError if a file cannot be had, with every address tried and its reason, and if
    the folder cannot be written.
    """
    folder = home(data_dir) / source.name
    workshop = folder / WORKSHOP
    with writing(folder):
        bad = [known for known in source.files if not check_file(folder, known)[1]]
        if bad and source.archive is not None:
            _fetch_archive(source, bad, workshop, progress)
        mirrors = _mirrors(source)
        for known in bad:
            if source.archive is None:
                _fetch_file(source, known, mirrors, workshop, progress)
            put(workshop / known.name, folder / known.name)
        shutil.rmtree(workshop, ignore_errors=True)
    return folder


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Make ``folder`` and be the only process that writes there. InputError if it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / ".lock", timeout=WAIT):
            yield
    except Taken as error:
        raise InputError(
            f"another process has been writing to {folder} for {WAIT / 60:.0f} minutes"
        ) from error
    except OSError as error:
        raise InputError(f"cannot write to {folder}: {error.strerror or error}") from error


def put(new: Path, path: Path) -> None:
    """Move ``new`` to ``path``. What is in the way is renamed: nobody's data are overwritten."""
    if path.exists():
        os.replace(path, path.with_name(path.name + ".damaged"))
    os.replace(new, path)


class _Mirror(NamedTuple):
    address: str
    endings: tuple[str, ...]
    """Of the file's name, to be tried in turn."""


def _mirrors(source: Source) -> list[_Mirror]:
    return [*_own_mirror(source), *(_Mirror(address, (".gz",)) for address in source.mirrors)]


def _own_mirror(source: Source) -> list[_Mirror]:
    """The class-room's. It may be any data directory that is served, so plain files are fine."""
    own = os.environ.get("CHAINRULE_MIRROR", "")
    if not own:
        return []
    if not own.startswith(("http://", "https://")):
        raise InputError(
            f"$CHAINRULE_MIRROR: expected a beginning of http:// or https://, received {own!r}"
        )
    return [_Mirror(f"{own.rstrip('/')}/{source.name}/", (".gz", ""))]


def _fetch_archive(
    source: Source, wanted: list[KnownFile], workshop: Path, progress: Progress
) -> None:
    """The wanted files into the workshop: from the class-room's mirror one by one, as a data
    directory has them, else out of the archive."""
    from .archives import BROKEN, find_members

    if own := _own_mirror(source):
        with contextlib.suppress(InputError):  # said again of the archive
            for known in wanted:
                _fetch_file(source, known, own, workshop, progress)
            return
    archive = cast(KnownFile, source.archive)
    _fetch_file(source, archive, _mirrors(source), workshop, progress)
    by_name = {name: known for known in wanted for name in known.names()}
    lacking = list(wanted)
    for name, where, stream in find_members(workshop / archive.name, by_name):
        known = by_name[name]
        try:
            with (workshop / known.name).open("wb") as file:
                copy_checked(stream, known, file.write)
                file.flush()
                os.fsync(file.fileno())
        except BROKEN as error:
            if isinstance(error, OSError) and error.errno:  # the disk, not the archive
                raise
            raise InputError(f"{where} is not the {known.name} of {source.name}: {error}") from None
        lacking = [other for other in lacking if other is not known]
    if lacking:
        names = ", ".join(known.name for known in lacking)
        raise InputError(f"{archive.name} of {source.name} has no {names} in it")


def _fetch_file(
    source: Source,
    known: KnownFile,
    mirrors: list[_Mirror],
    workshop: Path,
    progress: Progress,
) -> None:
    """From the first address that gives it. A slow one is left while another has not failed
    (see ``pace``), and come back to, the fastest first, once all others have."""
    untried = [
        (mirror, mirror.address + known.name + ending)
        for mirror in mirrors
        for ending in (("",) if known.verbatim else mirror.endings)
    ]
    slow: list[tuple[float, _Mirror, str]] = []
    failures = []
    while untried or slow:
        leave = False
        if untried:
            mirror, url = untried.pop(0)
            leave = bool(slow) or any(other is not mirror for other, _ in untried)
        else:
            _, mirror, url = slow.pop()
            address = without_credentials(url)
            say(progress, f"no faster address has {known.name}: on with {address}")
        try:
            _retrieve(url, known, workshop, progress, source.request(url), leave=leave)
        except TooSlow as error:
            slow.append((error.speed, mirror, url))
            # What it has under another ending comes no faster.
            slow += [(0.0, *each) for each in untried if each[0] is mirror]
            untried = [each for each in untried if each[0] is not mirror]
            slow.sort(key=lambda each: each[0])
            address = without_credentials(url)
            say(progress, f"{address} is slow ({error}): trying the next address")
        except MirrorFailed as error:
            failures.append(f"{without_credentials(url)}: {error}")
        else:
            # One that works is asked first for the next file: a dead one costs its time-out.
            mirrors.remove(mirror)
            mirrors.insert(0, mirror)
            return
    advice = source.advice or (
        "Get the files some other way and use "
        f"`chainrule data import {source.name} FILE...` or --data-dir"
    )
    raise InputError(
        f"cannot download {known.name} of {source.name} ({'; '.join(failures)}). {advice}"
    )


def _retrieve(
    url: str,
    known: KnownFile,
    workshop: Path,
    progress: Progress,
    request: Mapping[str, Any],
    *,
    leave: bool,
) -> None:
    """One file from one address into the workshop, by way of Pooch. Raises MirrorFailed, and
    TooSlow if it may ``leave`` the address."""
    import pooch

    def downloader(url: str, output: str, _pooch: object) -> None:
        _download(url, known, workshop, Path(output), progress, request, leave)

    log = pooch.get_logger()
    level = log.level
    log.setLevel(logging.WARNING)  # what is going on is the caller's to print
    try:
        checksum = ":".join(known.digest)
        pooch.retrieve(url, checksum, known.name, workshop, downloader=downloader)
    finally:
        log.setLevel(level)


def _download(
    url: str,
    known: KnownFile,
    workshop: Path,
    output: Path,
    progress: Progress,
    request: Mapping[str, Any],
    leave: bool,
) -> None:
    """Pooch's hook: write the unpacked content of ``url`` to ``output``."""
    part = _part(url, known, workshop)
    resumed = part.exists() and part.stat().st_size > 0
    resume(
        url,
        part,
        known.packed_limit,
        lambda done, total: progress(known.name, done, total),
        leave=leave,
        warn=lambda words: say(progress, f"{without_credentials(url)} is slow: {words}"),
        request=request,
    )
    try:
        with part.open("rb") as packed, output.open("wb") as file:
            copy_checked(cast(BinaryIO, packed), known, file.write)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(part, output)  # Pooch's temporary file is for its owner only
    except BadContent as error:
        part.unlink()
        if resumed:  # what lay there may have been of another time: once more, from the start
            part.touch()  # empty: nothing of another address's either
            return _download(url, known, workshop, output, progress, request, leave)
        raise MirrorFailed(str(error)) from error


def _part(url: str, known: KnownFile, workshop: Path) -> Path:
    """Where the bytes of ``url`` are gathered.

    A part belongs to its address: each mirror may have packed the file in its own way. A file
    that is stored as it is has the same bytes everywhere, and its checksum says so in the end:
    there, a new address goes on with a copy of what others gave, who may still be needed.
    """
    part = workshop / f"{known.name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part"
    if known.verbatim and not part.exists():
        others = list(workshop.glob(f"{glob.escape(known.name)}.*.part"))
        if others:
            shutil.copyfile(max(others, key=os.path.getsize), part)
    return part
