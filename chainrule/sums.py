"""Sums over many numbers, in double precision: a float32 total loses what is small beside it.

2²⁰ equal float32 added one by one are 1 % off. In double precision the sum of 2³⁰ numbers is
exact to 1e-7, and the square of no float32 overflows.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .types import Array

PIECE = 1 << 13
"""Numbers that are widened at a time: 64 KB, and too few for BLAS to wake its threads."""


def wide(dtype: Any) -> np.dtype[Any]:
    """The dtype to sum numbers of ``dtype`` in: float64, or their own where that is wider."""
    return np.promote_types(dtype, np.float64)


def total(x: Array, axes: int | tuple[int, ...], *, keepdims: bool = False) -> Array:
    """Σ x over ``axes``, in the dtype of x."""
    y: Array = x.sum(axes, wide(x.dtype), keepdims=keepdims).astype(x.dtype, copy=False)
    return y


def mean(x: Array, axes: int | tuple[int, ...], *, keepdims: bool = False) -> Array:
    """The mean of x over ``axes``, in the dtype of x."""
    y: Array = x.mean(axes, wide(x.dtype), keepdims=keepdims).astype(x.dtype, copy=False)
    return y


def sum_of_squares(x: Array) -> float:
    """Σ x²        any shape"""
    flat, total = x.reshape(-1), 0.0
    step = PIECE if isinstance(x, np.ndarray) else max(1, flat.size)  # a GPU's in one call
    for start in range(0, flat.size, step):
        piece = flat[start : start + step].astype(wide(x.dtype), copy=False)
        total += float(piece.dot(piece))
    return total


def norm(x: Array) -> float:
    """‖x‖ = √Σ x², with no overflow on the way; NaN where x holds one."""
    with np.errstate(over="ignore"):
        square = sum_of_squares(x)
    if 1e-200 < square < math.inf:
        return math.sqrt(square)
    scale = float(abs(x).max()) if x.size else 0.0  # float64 beyond 1e±100, 0, or not finite
    if not 0 < scale < math.inf:
        return scale
    return scale * math.sqrt(sum_of_squares(x / scale))
