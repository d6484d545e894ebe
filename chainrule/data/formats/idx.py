"""IDX, the file format of MNIST and its relatives, read strictly.

    bytes 0-1  zero
    byte  2    type of the elements; 0x08, unsigned byte, is the only one in use for images
    byte  3    rank: 1 for labels, 3 for images
    then       one big-endian uint32 a dimension, and the elements, last dimension fastest

(Y. LeCun, C. Cortes, C. Burges, "The MNIST database", 1998.) Plain or gzip, told apart by
their first bytes and not by their names, because browsers unpack files and keep the ``.gz``.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from io import BufferedIOBase
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...types import Array
from ..regular_file import open_regular

LARGEST = 4 << 30
"""Bytes that one file may unpack to. EMNIST, the largest relative of MNIST, has 0.55 GB."""

DEFLATE_RATIO = 1032
"""Deflate stores at most 258 bytes in 2 bits (RFC 1951), so no gzip unpacks to more."""


def read_idx(path: str | os.PathLike[str], rank: int) -> Array:
    """The elements of the file at ``path``, uint8 with ``rank`` dimensions.

    The size that the header promises is compared with the file's before memory is taken for
    it. Raises InputError, naming the file, the expected and the actual size or value, for a
    file that is missing, truncated, damaged, longer than its header says, or of another kind.
    """
    file = Path(path)
    try:
        with open_regular(file) as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            stored = os.fstat(raw.fileno()).st_size
            if not packed:
                return _read(raw, file, rank, stored, packed)
            with gzip.GzipFile(fileobj=raw) as unpacked:
                return _read(unpacked, file, rank, stored, packed)
    except FileNotFoundError:
        raise InputError(f"no file {file}") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{file} is damaged: it does not unpack ({error})") from error
    except EOFError:
        raise InputError(f"{file} is truncated: the end mark of its gzip is missing") from None
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror or error}") from error


def _read(stream: BufferedIOBase, file: Path, rank: int, stored: int, packed: bool) -> Array:
    shape = _header(stream, file, rank)
    start, size = 4 + 4 * rank, math.prod(shape)
    wanted = f"expected {start + size:,} bytes ({' x '.join(f'{n:,}' for n in shape)} elements)"
    if size > LARGEST:
        raise InputError(f"{file} is damaged: {wanted}, the limit is {LARGEST:,}")
    if packed and start + size > stored * DEFLATE_RATIO:
        raise InputError(f"{file} is truncated: {wanted}, received a gzip of only {stored:,} bytes")
    if not packed and start + size != stored:
        fault = "truncated" if stored < start + size else "longer than its header says"
        raise InputError(f"{file} is {fault}: {wanted}, received {stored:,}")
    elements = np.empty(size, np.uint8)
    filled = _fill(stream, elements.data)
    if filled < size:
        raise InputError(f"{file} is truncated: {wanted}, received {start + filled:,}")
    if stream.read(1):  # this also makes gzip compare its checksum
        raise InputError(f"{file} is longer than its header says: {wanted}, received more")
    return elements.reshape(shape)


def _header(stream: BufferedIOBase, file: Path, rank: int) -> tuple[int, ...]:
    header = bytearray(4 + 4 * rank)
    filled = _fill(stream, memoryview(header))
    magic, wanted = bytes(header[:4]), bytes((0, 0, 8, rank))
    if filled >= 4 and magic != wanted:
        raise InputError(
            f"{file} is not the IDX file wanted: expected first four bytes "
            f"{wanted.hex()} (unsigned bytes, rank {rank}), received {magic.hex()}{_guess(magic)}"
        )
    if filled < len(header):
        raise InputError(
            f"{file} is truncated: expected a header of {len(header)} bytes, received {filled}"
        )
    return struct.unpack(f">{rank}I", header[4:])


def _guess(magic: bytes) -> str:
    if magic[:3] == b"\0\0\x08":
        kinds = {1: " (labels)", 3: " (images)"}
        return f": rank {magic[3]}{kinds.get(magic[3], '')}"
    if magic[:1] == b"<":
        return ", which looks like a web page"
    return ""


def _fill(stream: BufferedIOBase, room: memoryview) -> int:
    """Read into ``room`` until it is full or the stream ends; how much was read."""
    filled = 0
    while filled < len(room):
        try:
            chunk = stream.read1(len(room) - filled)  # what is there before it stops
        except EOFError:  # the gzip stream stops in the middle
            break
        if not chunk:
            break
        room[filled : filled + len(chunk)] = chunk
        filled += len(chunk)
    return filled
