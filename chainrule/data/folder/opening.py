"""Open picture files of unknown origin, and know them by their content."""

from __future__ import annotations

import hashlib
import os
import stat
from io import BufferedReader

from ...errors import InputError

DIGEST = 16
"""Bytes of the hash that a file's content is known by."""

LARGEST = 1 << 30
"""Bytes of the largest file that is read: more than any picture within the limit of pixels."""


def open_file(path: str) -> BufferedReader:
    """A regular file that is not empty. A pipe is not waited for."""
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise InputError("it is not a regular file")
    if not 0 < found.st_size <= LARGEST:
        raise InputError("it is empty" if not found.st_size else f"it has {found.st_size:,} bytes")
    return open(path, "rb")


def digest_of(file: BufferedReader) -> bytes:
    """The digest of an open file, which is then at its start again."""
    value = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=DIGEST)).digest()
    file.seek(0)
    return value
