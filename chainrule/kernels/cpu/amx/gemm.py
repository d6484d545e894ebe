"""The matrix product on tiles: float32 in and out, in one product of bfloat16 numbers or in three.

    small       one thread packs and multiplies: waking another takes longer
    long sums   K is cut into pieces, each with a sum of its own, and the sums are added in order
    the others  the smaller factor is packed once, each piece of the larger one packs its own rows
                (or columns) and multiplies them by all of it

Shapes alone decide, so the bits are the same for any number of threads. Neither factor is copied
or transposed in memory: x.T and W.T are read as they lie.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ....types import Array
from .. import workers, workspace
from . import registers
from .gemm_loops import CUT, GROUP, multiply, pack_panels, space, whole
from .gemm_packing import SIDE, TILE

SMALL = 1 << 25  # multiplications that one thread does in 0.1 ms
WORK = 1 << 24  # multiplications of a piece
LONG = 1 << 12  # of K in a piece of a long sum
SUMS = 1 << 22  # numbers in the sums of a long sum, at most
PACKED = 1 << 20  # numbers of the smaller factor that a thread packs at a time

Factor = tuple[int, int, int, int, int]
"""Address, rows (of the right factor: columns), bytes of a line, whether lines lie along K, and
whether its tiles are transposed."""


Registers = Callable[[], Array]


def product(a: Array, b: Array, planes: int) -> Array | None:
    """a (M, K) @ b (K, N), both float32, in one product (``planes`` 1) or three (2). None if a
    number is not finite in bfloat16, where there are three: no low part would make up for it.

    To be called where `registers.usable`.
    """
    make = registers.maker()
    (m, k), n = a.shape, b.shape[1]
    y = workspace.empty((m, n), np.float32)
    if k == 0:
        y[:] = 0
    if y.size == 0 or k == 0:
        return y
    rows, columns = _lines(a), _lines(b.T)
    if m * k * n < SMALL:
        finite = _whole(rows, columns, (0, k), planes, make, y)
    elif k >= 2 * LONG and (k // LONG) * m * n <= SUMS:
        finite = _summed(rows, columns, k, planes, make, y)
    else:
        finite = _shared(rows, columns, k, planes, make, y)
    return y if finite or planes == 1 else None


class Lines(NamedTuple):
    """A factor as it lies in memory, and whether its lines go along K."""

    x: Array
    along: bool


def _lines(rows: Array) -> Lines:
    """Of rows (rows of A or columns of B, K); copied only if neither way gives whole lines."""
    if rows.flags.c_contiguous:
        return Lines(rows, True)
    if rows.flags.f_contiguous:
        return Lines(rows.T, False)
    return Lines(np.ascontiguousarray(rows), True)


def _factor(lines: Lines, *, left: bool) -> Factor:
    x, along = lines
    # a tile of the left factor has K along its lines, one of the right factor across them
    return x.ctypes.data, len(x) if along else x.shape[1], 4 * x.shape[1], along, along != left


def _whole(
    a: Lines, b: Lines, part: tuple[int, int], planes: int, make: Registers, y: Array
) -> bool:
    """y (M, N) = the product over K from ``part[0]`` to ``part[1]``, on this thread."""
    small, large = sorted(y.shape)
    k = part[1] - part[0]
    size = space(min(GROUP, -(-large // SIDE)), min(k, CUT), planes)
    size += space(-(-small // SIDE), k, planes)
    work = workers.scratch("gemm", (size // 4 + 16,))
    return bool(whole(make(), a.x, a.along, b.x, b.along, *part, planes, work, y))


def _summed(a: Lines, b: Lines, k: int, planes: int, make: Registers, y: Array) -> bool:
    pieces = k // LONG
    sums = workspace.empty((pieces, *y.shape), np.float32)
    finite = np.empty(pieces, bool)

    def work(piece: int) -> None:
        part = piece * LONG, k if piece == pieces - 1 else (piece + 1) * LONG
        finite[piece] = _whole(a, b, part, planes, make, sums[piece])

    workers.share(work, pieces)
    np.sum(sums, axis=0, out=y)
    return bool(finite.all())


def _shared(a: Lines, b: Lines, k: int, planes: int, make: Registers, y: Array) -> bool:
    m, n = y.shape
    left, small, large = m >= n, _factor(b, left=False), _factor(a, left=True)
    if not left:
        small, large = large, small
    panels, count = _panels(large), _panels(small)
    size = _steps(k) * planes * 8 * TILE
    others = workspace.empty((count * size + 64,), np.uint8)
    at = _aligned(others.ctypes.data)
    each = max(1, PACKED // (SIDE * k))
    packed = -(-count // each)
    step = GROUP * max(1, WORK // (GROUP * SIDE * k * small[1]))
    pieces = -(-panels // step)
    finite = np.ones(packed + pieces, bool)
    result = y.ctypes.data

    def pack(piece: int) -> None:
        start, stop = piece * each, min(count, (piece + 1) * each)
        buffer = _buffer(space(0, 0, planes))
        finite[piece] = pack_panels(small, 0, k, start, stop, planes, buffer, at + start * size)

    def work(piece: int) -> None:
        start, stop = piece * step, min(panels, (piece + 1) * step)
        buffer = _buffer(space(GROUP, min(k, CUT), planes))
        finite[packed + piece] = multiply(
            make(), left, large, start, stop, 0, k, at, count, planes, buffer, result, m, n
        )

    workers.share(pack, packed)
    workers.share(work, pieces)
    return bool(finite.all())


def _steps(k: int) -> int:
    return -(-k // SIDE)


def _panels(factor: Factor) -> int:
    return -(-factor[1] // SIDE)


def _buffer(size: int) -> int:
    """The address of so many bytes of this thread's, on a cache line."""
    return _aligned(workers.scratch("gemm", (size // 4 + 16,)).ctypes.data)


def _aligned(address: int) -> int:
    return -(-address // 64) * 64
