"""Where branches meet, and what a bias gathers, on all threads; see ``reference/sums.py``."""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from .loops import Loop, flat
from .workspace import empty_like

__all__ = ["add", "column_sums"]

BLOCK = 1024  # rows of one task
TOGETHER = 8  # rows that are added in float32, in pairs, before they join the double total
WIDTH = 64  # columns that make a loop worth its start: narrow rows are laid end to end


@Loop
def _add(x, other, y):
    for i in prange(y.size):
        y[i] = x[i] + other[i]


def add(x: Array, other: Array) -> Array:
    y = empty_like(x)
    _add(flat(x), flat(other), flat(y), size=x.size)
    return y


@Loop
def _column_sums(x, sums):
    """x (R, C) · sums float64 (blocks, C): each block's share."""
    rows, columns = x.shape
    for block in prange(len(sums)):
        total = sums[block]
        start, stop = block * BLOCK, min(rows, (block + 1) * BLOCK)
        for c in range(columns):
            total[c] = 0.0
        rest = start + (stop - start) // TOGETHER * TOGETHER
        for r in range(start, rest, TOGETHER):
            a, b, c, d = x[r], x[r + 1], x[r + 2], x[r + 3]
            e, f, g, h = x[r + 4], x[r + 5], x[r + 6], x[r + 7]
            for i in range(columns):
                some = ((a[i] + b[i]) + (c[i] + d[i])) + ((e[i] + f[i]) + (g[i] + h[i]))
                total[i] += some
        for r in range(rest, stop):
            row = x[r]
            for i in range(columns):
                total[i] += row[i]


def column_sums(x: Array) -> Array:
    x = np.ascontiguousarray(x)
    rows, columns = x.shape
    k = max(1, WIDTH // max(1, columns))
    whole = rows // k * k
    wide = x[:whole].reshape(rows // k, k * columns)
    sums = np.empty((-(-len(wide) // BLOCK), k * columns), np.float64)
    _column_sums(wide, sums, size=x.size)
    y = sums[0] if len(sums) == 1 else sums.sum(axis=0)
    if k > 1:
        y = y.reshape(k, columns).sum(axis=0)
    if whole < rows:
        y = y + x[whole:].sum(axis=0, dtype=np.float64)
    return np.asarray(y, x.dtype)
