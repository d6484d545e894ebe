"""Numeric arrays from MATLAB's MAT-files of level 5, read strictly.

    bytes 0-127  text, subsystem, version, and the byte order: "IM" is little-endian
    then         elements: type and size (uint32 each), data, padded to 8 bytes; a small element
                 has size and type in the two halves of one uint32, and up to 4 bytes of data
    miCOMPRESSED an element packed with zlib
    miMATRIX     elements inside: flags, dimensions (int32), name, and the values in Fortran's
                 order, stored in the smallest type that holds them all

(The MathWorks, "MAT-File Format", R2023b.) Files of level 7.3 are HDF5 and are not read.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...errors import InputError
from ...types import Array
from ..fetching.checksums import unpacked

LARGEST = 1 << 30
"""Bytes of the file, and of any element after unpacking; SVHN's largest has 0.23 GB."""

STORED = {
    1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8",
}  # fmt: skip
"""How values lie in the file, by an element's type."""

CLASSES = {
    6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8",
}  # fmt: skip
"""What they are, by a matrix's class; others are cells, structures, text, sparse."""

MATRIX, COMPRESSED = 14, 15
COMPLEX = 0x0800
RANK = 8


class _Damaged(Exception):
    pass


class _Element(NamedTuple):
    kind: int
    data: memoryview


def read_mat(path: Path, names: tuple[str, ...]) -> dict[str, Array]:
    """The arrays called ``names`` in the file at ``path``; they are read-only.

    Raises InputError, naming the file, if one is not there, or the file is missing, damaged or
    of another kind.
    """
    content = memoryview(unpacked(path, LARGEST))
    if bytes(content[:8]) == b"\x89HDF\r\n\x1a\n" or b"MATLAB 7.3" in bytes(content[:128]):
        raise InputError(f"{path} is a MAT-file of level 7.3; save it with -v7")
    if len(content) < 128 or bytes(content[124:128]) != b"\x00\x01IM":
        raise InputError(f"{path} is not a MAT-file of level 5, little-endian")
    try:
        arrays = {}
        for element in _elements(content[128:]):
            if element.kind == COMPRESSED:
                element = next(_elements(memoryview(_inflate(element.data))))
            if element.kind == MATRIX:
                found = _matrix(element.data, names)
                arrays.update(found)
    except (_Damaged, zlib.error, struct.error, StopIteration) as error:
        raise InputError(f"{path} is damaged: {error or 'it ends too early'}") from None
    for name in names:
        if name not in arrays:
            raise InputError(f"{path} has no numeric array {name!r} in it")
    return arrays


def _elements(content: memoryview) -> Iterator[_Element]:
    """The elements that lie behind one another in ``content``."""
    at = 0
    while at < len(content):
        (kind,) = struct.unpack_from("<I", content, at)
        if small := kind >> 16:
            if small > 4:
                raise _Damaged(f"a small element of {small:,} bytes at {at:,}")
            yield _Element(kind & 0xFFFF, content[at + 4 : at + 4 + small])
            at += 8
            continue
        (size,) = struct.unpack_from("<I", content, at + 4)
        data = content[at + 8 : at + 8 + size]
        if len(data) < size:
            raise _Damaged(f"expected {size:,} bytes at {at:,}, received {len(data):,}")
        yield _Element(kind, data)
        at += 8 + (size if kind == COMPRESSED else -(-size // 8) * 8)


def _inflate(data: memoryview) -> bytes:
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(data, LARGEST)
    if unpacker.unconsumed_tail:
        raise _Damaged(f"an element unpacks to more than {LARGEST:,} bytes")
    if not unpacker.eof:
        raise _Damaged("a packed element is truncated")
    return content


def _matrix(content: memoryview, names: tuple[str, ...]) -> dict[str, Array]:
    """{name: array} of a matrix, or nothing if it is not one that is wanted."""
    inside = _elements(content)
    flags, shape, name = next(inside), next(inside), next(inside)
    called = bytes(name.data).decode("latin-1")
    if called not in names:
        return {}
    (word,) = struct.unpack_from("<I", flags.data)
    if word & 0xFF not in CLASSES or word & COMPLEX or shape.kind != 5 or len(shape.data) % 4:
        raise _Damaged(f"{called} is not a real numeric array")
    sides = np.frombuffer(shape.data, "<i4").tolist()
    values = next(inside)
    if values.kind not in STORED:
        raise _Damaged(f"{called} has values of an unknown type, {values.kind}")
    stored = np.dtype(STORED[values.kind]).newbyteorder("<")
    wanted = math.prod(sides) * stored.itemsize
    if len(sides) > RANK or min(sides, default=0) < 0 or wanted != len(values.data):
        size = " x ".join(map(str, sides[:RANK]))
        raise _Damaged(
            f"{called}: expected {wanted:,} bytes ({size}), received {len(values.data):,}"
        )
    array = np.frombuffer(values.data, stored).reshape(sides, order="F")
    return {called: array.astype(CLASSES[word & 0xFF], copy=False)}
