"""Files that are either the old one or the new one, never half of each."""

from __future__ import annotations

import contextlib
import json
import math
import os
import secrets
import warnings
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

from .annotated import DEEPEST, is_deep, too_deep
from .errors import ChainruleWarning, InputError

T = TypeVar("T")

PATIENCE = 10.0  # seconds in which a disk may get room again, or a server come back
PAUSE, LONGEST_PAUSE = 0.1, 1.0  # seconds before it is asked again, doubled each time


class WriteFailed(InputError):
    """A file could not be written: the disk is full, or was not there, or is not ours. What was
    there before is whole."""


def atomic_write(path: str | os.PathLike[str], data: bytes | str) -> None:
    """Write ``data`` to ``path`` so that a reader, a full disk or a kill sees no partial file.

    The bytes go to a temporary file in the same folder, reach the disk, and take the name in
    one step. Raises WriteFailed, naming the file and the reason, if that cannot be done.
    """
    target = Path(path)
    payload = data.encode() if isinstance(data, str) else data
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException as error:  # Ctrl-C too leaves nothing behind
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise WriteFailed(f"cannot write {target}: {error.strerror or error}") from error
        raise


def append(
    path: str | os.PathLike[str], text: Callable[[int], str], *, durable: bool = False
) -> None:
    """Add ``text(size)`` to a file of so many bytes, all of it or nothing; if ``durable``, it has
    reached the disk. Raises WriteFailed."""
    target = Path(path)
    try:
        with target.open("ab", buffering=0) as file:
            size = file.tell()
            left = memoryview(text(size).encode())
            try:
                while left:
                    left = left[file.write(left) :]
                if durable:
                    os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    file.truncate(size)
                raise
    except OSError as error:
        raise WriteFailed(f"cannot write {target}: {error.strerror or error}") from error


def patiently(write: Callable[[], T], seconds: float | None = None) -> T:
    """``write()``, and again as long as it raises WriteFailed, for so many seconds from the first
    time on, PATIENCE by default. The first failure is warned of, the last one raised."""
    limit = PATIENCE if seconds is None else seconds
    pause, end = PAUSE, math.inf
    while True:
        try:
            return write()
        except WriteFailed as error:
            first, end = math.isinf(end), min(end, monotonic() + limit)
            if monotonic() + pause > end:
                raise
            if first:
                warn(f"{error}; it is tried again for {limit:g} s")
        sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def warn(message: str) -> None:
    """Of a file that is not written yet, or never will be. Python says equal words once."""
    warnings.warn(message, ChainruleWarning, stacklevel=3)


def parse_json(text: bytes | str, name: str, deepest: int = DEEPEST) -> Any:
    """The values in JSON ``text``. InputError, calling it ``name``, if it is none, or if it is
    nested more than ``deepest`` deep."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise InputError(f"{name}: {too_deep(deepest)}") from None
    except ValueError as error:  # not UTF-8, not JSON, or a number of more than 4,300 digits
        raise InputError(f"{name} is not JSON: {str(error)[:200]}") from None
    if is_deep(value, deepest):
        raise InputError(f"{name}: {too_deep(deepest)}")
    return value
