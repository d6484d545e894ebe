"""Open a file of unknown origin: a device, a pipe or a huge file is refused before it is read."""

from __future__ import annotations

import os
import stat
from io import BufferedReader

from ..errors import InputError

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def not_regular(mode: int) -> str:
    """What something is that is no regular file, by its ``st_mode``; "" for a regular file."""
    if stat.S_ISREG(mode):
        return ""
    return next((kind for is_kind, kind in KINDS if is_kind(mode)), "no file of data")


def open_regular(
    path: str | os.PathLike[str], largest: int | None = None, name: str | None = None
) -> BufferedReader:
    """The regular file at ``path``, open for reading, of at most ``largest`` bytes.

    Opening a pipe waits for a writer, and a device such as /dev/zero never ends: both are found
    out by ``stat``, before and after the file is opened. Errors begin with ``name``: the path if
    it is None, and with nothing if it is empty.

    Raises InputError for what is no regular file or is too large, and OSError like ``open``.
    """
    name = os.fspath(path) if name is None else name
    subject = f"{name}: " if name else ""
    _check(os.stat(path), largest, subject)
    # A pipe that took the file's place meanwhile is not waited for.
    file = open(path, "rb", opener=lambda p, flags: os.open(p, flags | NONBLOCK))  # noqa: SIM115
    try:
        _check(os.fstat(file.fileno()), largest, subject)
    except BaseException:
        file.close()
        raise
    return file


NONBLOCK = getattr(os, "O_NONBLOCK", 0)  # Windows has none


def _check(found: os.stat_result, largest: int | None, subject: str) -> None:
    if kind := not_regular(found.st_mode):
        raise InputError(f"{subject}expected a regular file, received {kind}")
    if largest is not None and found.st_size > largest:
        raise InputError(f"{subject}expected at most {largest:,} bytes, received {found.st_size:,}")
