"""Bytes from outside, unpacked within limits and compared with what they must be."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

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
    stream: BinaryIO, known: KnownFile, write: Callable[[bytes], object] = len
) -> None:
    """Unpack ``stream`` if it is gzip, write its content on, and compare size and SHA-256.

    Never takes in or gives out much more than the known size. What was written is good only
    if this returns. Raises BadContent.
    """
    limited = io.BufferedReader(Limited(stream, known.packed_limit))
    first = limited.peek(2)[:2]
    packed = first == b"\x1f\x8b"
    content = gzip.GzipFile(fileobj=limited) if packed else limited
    digest, size = hashlib.sha256(), 0
    try:
        while chunk := content.read(CHUNK):
            size += len(chunk)
            if size > known.size:
                raise BadContent(f"expected {known.size:,} bytes, got more")
            digest.update(chunk)
            write(chunk)
    except EOFError:
        raise BadContent(f"truncated: expected {known.size:,} bytes, got {size:,}") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BadContent(f"damaged gzip ({error})") from error
    if size < known.size:
        kind = ", which look like a web page" if first[:1] == b"<" else ""
        raise BadContent(f"expected {known.size:,} bytes, got {size:,}{kind}")
    if digest.hexdigest() != known.sha256:
        raise BadContent(f"expected sha256 {known.sha256}, got {digest.hexdigest()}")


def check_file(folder: Path, known: KnownFile) -> tuple[str, bool, str]:
    """(path or name, is it good?, in words) for one file of a data set."""
    path = find_file(folder, known)
    if path is None:
        return known.name, False, f"missing in {folder}"
    try:
        with path.open("rb") as stream:
            copy_checked(cast(BinaryIO, stream), known)
    except BadContent as error:
        return str(path), False, str(error)
    except OSError as error:
        return str(path), False, f"cannot be read: {error.strerror or error}"
    return str(path), True, f"{known.size:,} bytes, sha256 {known.sha256}"
