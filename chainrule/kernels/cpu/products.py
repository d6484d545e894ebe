"""Products of float32 matrices on the thread that asks for them: pieces of shared work.

By blocks of registers where this CPU has them (``packed``), else by BLAS.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...types import Array
from . import packed, workers, workspace

SAME_LINES = 4096  # bytes between rows that lie in the same lines of a cache


class Factors:
    """Each B (k, n) of b (G, k, n), to multiply several A by: packed once for all of them."""

    def __init__(self, b: Array) -> None:
        self._b, self._rows = b, [_Rows(each) for each in b] if _served(b) else None

    def products(self, a: Array, out: Array) -> None:
        """out[g] = a[g] b[g]: a (G, m, k) with any strides · out (G, m, n)"""
        if self._rows is None or not (_served(a) and _rows_lie(out)):
            np.matmul(a, self._b, out=out)
            return
        for each, rows, target in zip(a, self._rows, out, strict=True):
            rows.product(each, target)


def add_products(a: Array, b: Array, out: Array) -> None:
    """out[g] += a[g] b[g]: a (G, m, k) with any strides · b (G, k, n) · out (G, m, n)"""
    if not (_served(a) and _rows_lie(out)):
        out += np.matmul(a, b, out=workers.scratch("product", out.shape))
        return
    for each, rows, target in zip(a, b, out, strict=True):
        _Rows(rows).product(each, target, add=True)


class _Panels(NamedTuple):
    """Columns of a B (k, n) as `packed.multiply` reads them: the address ``at``, and the bytes
    from row to row, 0 where they are packed."""

    at: int
    step: int
    first: int
    columns: int


class _Rows:
    """B (k, n) where it lies if its rows do, else packed; packed in any case are the last columns,
    if they do not fill a vector."""

    def __init__(self, b: Array) -> None:
        self.k, self.n = b.shape
        self._kept = [b]
        whole = self.n // packed.LANES * packed.LANES
        self.parts = []
        if whole and _rows_lie(b) and b.strides[0] % SAME_LINES:
            self.parts.append(_Panels(address(b), b.strides[0], 0, whole))
        elif whole:
            self.parts.append(_Panels(self._pack(b[:, :whole]), 0, 0, whole))
        if whole < self.n:
            self.parts.append(_Panels(self._pack(b[:, whole:]), 0, whole, self.n - whole))

    def _pack(self, b: Array) -> int:
        columns = b.strides[0] == b.itemsize
        rows = workspace.empty((self.k * packed.padded(b.shape[1]),))
        packed.pack(np.ascontiguousarray(b.T if columns else b), columns, rows, size=0)
        self._kept.append(rows)
        return address(rows)

    def product(self, a: Array, out: Array, *, add: bool = False) -> None:
        """``out`` (m, n) = A B, or += A B"""
        for at, step, first, columns in self.parts:
            whole = columns % packed.LANES == 0
            part = out[:, first:] if whole else workers.scratch("tail", (len(a), packed.LANES))
            packed.multiply_rows(
                address(a), *a.strides, at, step, address(part), part.strides[0],
                len(a), columns, self.k, int(add and whole), size=0,
            )  # fmt: skip
            if not whole and add:
                out[:, first:] += part[:, :columns]
            elif not whole:
                out[:, first:] = part[:, :columns]


def _served(x: Array) -> bool:
    return packed.available and x.dtype == np.float32 and x.size > 0


def _rows_lie(x: Array) -> bool:
    """Whether the numbers of each row are neighbors."""
    return bool(x.strides[-1] == x.itemsize)


def address(x: Array) -> int:
    """Of an array's first number."""
    return int(x.__array_interface__["data"][0])
