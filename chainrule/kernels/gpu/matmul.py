"""The matrix product of a linear layer, by cuBLAS."""

from __future__ import annotations

from ...types import Array
from .. import precision
from ..reference import matmul as reference
from . import blas
from .arrays import empty, float32
from .launch import elements
from .operands import split

__all__ = ["matmul"]


def matmul(a: Array, b: Array) -> Array:
    if not (float32(a, b) and a.size and b.size):
        return reference.matmul(a, b)
    asked = precision.current()
    if asked in ("bfloat16", "bf16x3"):
        return _in_parts(blas.matrix(a), blas.matrix(b), asked == "bf16x3")
    return blas.product(a, b)


def _in_parts(a: blas.Matrix, b: blas.Matrix, three: bool) -> Array:
    """high high, and for three products high low + low high first, the small before the large."""
    left, right = split(a.rows, 1 + three), split(b.rows, 1 + three)
    m, n = _shape(a)[0], _shape(b)[1]
    y = empty((m, n))
    if right.low is not None and left.low is not None:
        blas.multiply(a.of(left.high), b.of(right.low), y)
        blas.multiply(a.of(left.low), b.of(right.high), y, add=True)
    blas.multiply(a.of(left.high), b.of(right.high), y, add=three)
    if three:
        elements(
            "repair", "repair_product", y.size, a.rows, b.rows, y, m, n, _shape(a)[1],
            *_steps(a), *_steps(b),
        )  # fmt: skip
    return y


def _shape(x: blas.Matrix) -> tuple[int, ...]:
    return x.rows.shape[::-1] if x.transposed else x.rows.shape


def _steps(x: blas.Matrix) -> tuple[int, int]:
    """How far apart two neighbors in a column are, and two in a row."""
    apart = x.rows.shape[1]
    return (1, apart) if x.transposed else (apart, 1)
