"""C = A B on tiles: four tiles of C, 32 x 32 of it, are summed at a time.

    4 loads bring 2 tiles of A and 2 of B, 4 products add to the 4 tiles of C

C is cut along K, so that the panels of A and B at work stay in the caches; from the second cut on
its tiles are loaded first. In three products (``planes`` 2) the tiles of the high parts of A meet
both parts of B, then those of the low parts the high ones of B.
"""

from __future__ import annotations

from numba.extending import register_jitable

from . import model, tiles
from .gemm_packing import SIDE, TILE, pack

CUT = 512  # of K: a panel of it is 32 KB
GROUP = 8  # panels of the larger factor: 256 rows, which cut so take 256 KB
PIECE, EDGE = 4 * 512, 4 * SIDE * SIDE  # bytes of work space


@tiles.compiled
def _add_panels(t, a, b, steps, planes):
    """Tiles 0 to 3 += a panel of A times one of B. Addresses."""
    stride = planes * 2048
    for _ in range(steps):
        tiles.load(t, 4, a, 64)
        tiles.load(t, 5, a + 1024, 64)
        tiles.load(t, 6, b, 64)
        tiles.load(t, 7, b + 1024, 64)
        tiles.dots(t)
        if planes == 2:
            tiles.load(t, 6, b + 2048, 64)
            tiles.load(t, 7, b + 3072, 64)
            tiles.dots(t)
            tiles.load(t, 4, a + 2048, 64)
            tiles.load(t, 5, a + 3072, 64)
            tiles.load(t, 6, b, 64)
            tiles.load(t, 7, b + 1024, 64)
            tiles.dots(t)
        a += stride
        b += stride


@tiles.compiled
def _block(t, a, b, steps, planes, more, c, m, n, i, j, edge):
    """C[i : i + 32, j : j + 32] = (or, with ``more``, +=) a panel of A times one of B. What of it
    lies outside of C (M, N) stays in ``edge``."""
    whole = i + SIDE <= m and j + SIDE <= n
    own, line = c + 4 * (i * n + j), 4 * n
    place, stride = (own, line) if whole else (edge, 4 * SIDE)
    rows, columns = min(SIDE, m - i), min(SIDE, n - j)
    if more:
        if not whole:
            _copy(own, line, rows, columns, edge, stride)
        tiles.load_sums(t, place, stride)
    else:
        tiles.clear(t)
    _add_panels(t, a, b, steps, planes)
    tiles.store_sums(t, place, stride)
    if not whole:
        _copy(edge, stride, rows, columns, own, line)


@tiles.compiled
def _copy(source, stride, rows, columns, target, line):
    for r in range(rows):
        for s in range(columns):
            model.poke(target + r * line + 4 * s, model.peek(source + r * stride + 4 * s))


@tiles.compiled
def pack_panels(factor, first, last, start, stop, planes, work, panels):
    """Panels ``start`` to ``stop`` of a factor, K from ``first`` to ``last``, to the address
    ``panels``; whether all is finite."""
    finite = True
    size = -(-(last - first) // SIDE) * planes * 8 * TILE
    for p in range(start, stop):
        finite &= pack(factor, p * SIDE, first, last, planes, work, panels + (p - start) * size)
    return finite


@tiles.compiled
def multiply(t, left, factor, start, stop, first, last, others, count, planes, work, c, m, n):
    """C's rows (``left``) or columns of the panels ``start`` to ``stop`` of a factor, K from
    ``first`` to ``last``; whether all of it is finite. It is packed by groups of panels and cuts
    of K. ``others`` is the address of all ``count`` panels of the other factor, packed, ``work``
    that of `space`.
    """
    finite, step = True, planes * 8 * TILE
    size = -(-(last - first) // SIDE) * step
    edge, panels = work + PIECE, work + PIECE + EDGE
    tiles.configure(t)
    for low in range(start, stop, GROUP):
        high = min(stop, low + GROUP)
        for cut in range(first, last, CUT):
            end = min(last, cut + CUT)
            steps, at = -(-(end - cut) // SIDE), (cut - first) // SIDE
            for p in range(low, high):
                panel = panels + (p - low) * steps * step
                finite &= pack(factor, p * SIDE, cut, end, planes, work, panel)
            for q in range(count):
                other = others + q * size + at * step
                for p in range(low, high):
                    a, b, i, j = panels + (p - low) * steps * step, other, p * SIDE, q * SIDE
                    if not left:
                        a, b, i, j = b, a, j, i
                    _block(t, a, b, steps, planes, cut > first, c, m, n, i, j, edge)
    tiles.release(t)
    return finite


@tiles.compiled
def whole(t, a, a_along, b, b_along, first, last, planes, work, c):
    """C (M, N) over K from ``first`` to ``last`` by this thread, both factors packed in ``work``.

    Each factor is an array whose lines lie along K or across it. Arrays, not addresses: to ask
    NumPy for those takes longer than a small product.
    """
    m, n = c.shape
    rows = (a.ctypes.data, m, 4 * a.shape[1], a_along, 1 - a_along)
    columns = (b.ctypes.data, n, 4 * b.shape[1], b_along, b_along)
    left, small, large = m >= n, columns, rows
    if not left:
        small, large = rows, columns
    place = -(-work.ctypes.data // 64) * 64
    panels, count = -(-small[1] // SIDE), -(-large[1] // SIDE)
    others = place + space(min(count, GROUP), min(last - first, CUT), planes)
    finite = pack_panels(small, first, last, 0, panels, planes, place, others)
    return finite & multiply(
        t, left, large, 0, count, first, last, others, panels, planes, place, c.ctypes.data, m, n
    )


@register_jitable
def space(panels, k, planes):
    """Bytes of so many panels, and of what else packing works with."""
    return PIECE + EDGE + panels * -(-k // SIDE) * planes * 8 * TILE
