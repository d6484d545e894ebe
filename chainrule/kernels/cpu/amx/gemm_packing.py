"""Matrices in the order in which tiles are multiplied, rounded to bfloat16 on the way.

A panel is 32 rows of the left factor (or 32 columns of the right one) by all K: for every 32 of K
two tiles of 16 x 16 dwords, 1 KB each. A dword is two neighbors in K. In a tile of the left factor
a line is a row of it, in one of the right factor a pair of K:

    left (M, K)    tile[m, p] = left[m, 2p], left[m, 2p + 1]
    right (K, N)   tile[p, n] = right[2p, n], right[2p + 1, n]

Each may lie in memory along K or across it. One order can be read off line by line; for the other
the tile is transposed in registers. Beyond the edges there are zeros. With two ``planes`` the tiles
of the high parts are followed by those of the low parts, what rounding took away.
"""

from __future__ import annotations

import numpy as np

from . import model, tiles
from .gemm_rounding import round_tile

SIDE = 32  # rows, or columns, of a panel, and K of its tiles
TILE = 256  # dwords
LINE = 16  # dwords of a tile's line


@tiles.compiled
def _tile(along, turned, low, source, stride, target):
    """The tile whose first line begins at ``source``; whether all of it is finite. Addresses."""
    # literal numbers choose the instructions, and so none of these branches is inside of a loop
    if along:
        if turned:
            if low:
                return round_tile(1, 1, 1, source, stride, target)
            return round_tile(1, 1, 0, source, stride, target)
        if low:
            return round_tile(1, 0, 1, source, stride, target)
        return round_tile(1, 0, 0, source, stride, target)
    if turned:
        if low:
            return round_tile(0, 1, 1, source, stride, target)
        return round_tile(0, 1, 0, source, stride, target)
    if low:
        return round_tile(0, 0, 1, source, stride, target)
    return round_tile(0, 0, 0, source, stride, target)


@tiles.compiled
def _cut(factor, row, k, last, piece):
    """What belongs to the tile, in the order of memory, with zeros around it: 16 lines of 32 at
    ``piece`` if it lies along K, else 32 of 16. Bytes of a line."""
    at, rows, stride, along, _ = factor
    lines, width = max(0, min(LINE, rows - row)), max(0, min(SIDE, last - k))
    at, line = at + row * stride + 4 * k, 4 * SIDE
    if not along:
        lines, width = width, lines
        at, line = factor[0] + k * stride + 4 * row, 4 * LINE
    for i in range(LINE * SIDE):
        model.poke(piece + 4 * i, np.uint32(0))
    for i in range(lines):
        for j in range(width):
            model.poke(piece + i * line + 4 * j, model.peek(at + i * stride + 4 * j))
    return line


@tiles.compiled
def pack(factor, row, first, last, planes, piece, panel):
    """The panel of 32 rows from ``row`` on, of K from ``first`` to ``last``, at the address
    ``panel``: (steps of K, planes, 2, 16, 16) dwords.

    factor    its address, how many rows it has (or columns), the bytes from one line of memory to
              the next, whether lines lie along K, and whether tiles are transposed
    piece     the address of 2 KB to work with

    Returns whether all is finite once it is rounded.
    """
    at, rows, stride, along, turned = factor
    finite = True
    for k in range(first, last, SIDE):
        for half in range(2):
            r = row + half * LINE
            if r + LINE <= rows and k + SIDE <= last:
                source = at + (r * stride + 4 * k if along else k * stride + 4 * r)
                line = stride
            else:
                source, line = piece, _cut(factor, r, k, last, piece)
            for plane in range(planes):
                target = panel + (plane * 2 + half) * 4 * TILE
                finite &= _tile(along, turned, plane == 1, source, line, target)
        panel += planes * 8 * TILE
    return finite
