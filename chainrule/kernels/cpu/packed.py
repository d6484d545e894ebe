"""Products of float32 matrices by blocks of registers, for loops that make many small ones.

    C = A B        A (m, k), with any strides · B (k, n) · C (m, n), rows of any distance

B is read in panels of COLUMNS columns, row after row. ``pack`` lays panels out one after the other,
the last one narrower and filled up with zeros to whole vectors. A B of rows whose length is a
multiple of LANES can be read where it lies. A is read where it lies in any case: of each of its
numbers a whole vector of products is made. Every entry of C is one sum in the order of k, so
neither pieces nor threads change a bit of it.

With A and B in a core's cache and 64 to 256 columns of A, which is what Winograd's convolution
multiplies, that took three quarters of OpenBLAS's time on AVX-512.
"""

from __future__ import annotations

from typing import Any

import numba

from .loops import Loop
from .register_blocks import COLUMNS as COLUMNS
from .register_blocks import LANES as LANES
from .register_blocks import ROWS, VECTORS, block

available = bool(LANES)
"""Whether this CPU has blocks; without them nothing else here may be called."""


def _blocks(rows: int) -> Any:
    """``run(vectors, *arguments of a block)`` for blocks of so many rows: each width is code of
    its own."""
    every = [block(rows, count) for count in range(1, VECTORS + 1)]
    one, two, three, four = (every * 2)[:4]  # AVX2 has no blocks of three or four vectors

    @numba.njit(nogil=True, error_model="numpy", inline="always")
    def run(vectors, a, ar, ak, b, bk, c, cr, k, more):
        if vectors == 1:
            one(a, ar, ak, b, bk, c, cr, k, more)
        elif vectors == 2:
            two(a, ar, ak, b, bk, c, cr, k, more)
        elif vectors == 3:
            three(a, ar, ak, b, bk, c, cr, k, more)
        else:
            four(a, ar, ak, b, bk, c, cr, k, more)

    return run


if available:
    _some_rows, _one_row = _blocks(ROWS), _blocks(1)

SQUARE = 16  # floats of a cache line
DEPTH = 128 if LANES == 16 else 256  # rows of a panel that stay in the first cache


def padded(n: int) -> int:
    """Columns of a packed B: n, filled up to whole vectors."""
    return -(-n // LANES) * LANES


@numba.njit(nogil=True, error_model="numpy")
def multiply(a, ar, ak, b, bk, c, cr, m, n, k, add):
    """C = A B by addresses, with strides in bytes as in `block`; ``bk`` 0: B is packed. C's rows
    are written whole, padded(n) numbers. With ``add`` 1, C += A B."""
    for first in range(0, n, COLUMNS):
        vectors = -(-min(COLUMNS, n - first) // LANES)
        panel = b + 4 * first * (1 if bk else k)
        step = bk if bk else 4 * LANES * vectors
        for start in range(0, k, DEPTH):
            depth, more = min(DEPTH, k - start), 1 if start else add
            left, below = a + start * ak, panel + start * step
            i = 0
            while i < m:
                at, out = left + i * ar, c + i * cr + 4 * first
                if m - i >= ROWS:
                    _some_rows(vectors, at, ar, ak, below, step, out, cr, depth, more)
                    i += ROWS
                else:
                    _one_row(vectors, at, ar, ak, below, step, out, cr, depth, more)
                    i += 1


@Loop
def pack(b, transposed, out):
    """B (k, n), or its transpose, into ``out``, flat (k · padded(n),)."""
    k, n = b.shape[::-1] if transposed else b.shape
    at = 0
    for first in range(0, n, COLUMNS):
        columns = min(COLUMNS, n - first)
        width = -(-columns // LANES) * LANES
        panel = out[at : at + k * width].reshape(k, width)
        if width > columns:
            panel[:, columns:] = 0
        if transposed:  # a square of both sides' cache lines at a time
            for top in range(0, k, SQUARE):
                for left in range(0, columns, SQUARE):
                    for j in range(left, min(columns, left + SQUARE)):
                        for i in range(top, min(k, top + SQUARE)):
                            panel[i, j] = b[first + j, i]
        else:
            for i in range(k):
                panel[i, :columns] = b[i, first : first + columns]
        at += k * width


@Loop
def multiply_each(a, b, n, c):
    """c[p] = a[p] b[p]: a (P, m, k) · b packed (P, k · padded(n)) · c (P, m, padded(n))"""
    _, m, k = a.shape
    width = c.shape[2]
    for p in range(len(a)):
        multiply(
            a[p].ctypes.data, 4 * k, 4, b[p].ctypes.data, 0, c[p].ctypes.data, 4 * width, m, n, k, 0
        )


@Loop
def add_each_transposed(a, b, c):
    """c[p] += a[p]ᵀ b[p]: a (P, k, m) · b (P, k, n), n whole vectors · c (P, m, n)"""
    _, k, m = a.shape
    n = b.shape[2]
    for p in range(len(a)):
        multiply(
            a[p].ctypes.data, 4, 4 * m, b[p].ctypes.data, 4 * n, c[p].ctypes.data, 4 * n, m, n, k, 1
        )


@Loop
def multiply_rows(a, ar, ak, b, bk, c, cr, m, n, k, add):
    """`multiply` as a loop of its own."""
    multiply(a, ar, ak, b, bk, c, cr, m, n, k, add)
