"""Open image files of unknown origin, and know them by their content."""

from __future__ import annotations

import hashlib
import os
from io import BufferedReader

from ...errors import InputError
from ..regular_file import open_regular

DIGEST = 16
"""Bytes of the hash that a file's content is known by."""

LARGEST = 1 << 30
"""Bytes of the largest file that is read: more than any image within the limit of pixels."""


def open_file(path: str) -> BufferedReader:
    """A regular file that is not empty. A pipe is not waited for. Errors do not name it."""
    file = open_regular(path, LARGEST, "")
    if not os.fstat(file.fileno()).st_size:
        file.close()
        raise InputError("it is empty")
    return file


def digest_of(file: BufferedReader) -> bytes:
    """The digest of an open file, which is then at its start again."""
    value = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=DIGEST)).digest()
    file.seek(0)
    return value
