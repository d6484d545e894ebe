"""Normalization in two passes forward, two backward; see ``reference/norm.py``.

All layers use the loops of ``norm_loops.py``; only rows that hold all of their own statistics
(layer norm) go to ``norm_rows.py``.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from . import norm_rows
from .loops import Loop, flat
from .norm_loops import (
    NO_RELU,
    NO_TOP,
    affine_of,
    as_columns,
    as_rows,
    input_gradient,
    no_gradients,
    reduce_gradients,
    rescale,
)
from .norm_moments import measure
from .workspace import empty, empty_like

__all__ = ["normalize", "normalize_backward", "scale_shift"]


def normalize(x: Array, gamma: Array, beta: Array, eps: float) -> tuple[Array, Array, Array]:
    b, s, g, k = x.shape
    if s == 1 < k:
        return _normalize_rows(x, gamma, beta, eps)
    rows = as_rows(x)
    y = empty_like(rows)
    mean, var = np.empty((2, b, g * k), np.float32)
    measure(rows, g, mean, var, size=x.size)
    norm = affine_of(gamma, beta, mean, var, eps)
    rescale(rows, mean, norm.scale, norm.shift, NO_RELU, NO_TOP, y, size=x.size)
    return y.reshape(x.shape), mean[:, ::k], var[:, ::k]


def normalize_backward(
    dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    _, s, g, k = x.shape
    if s == 1 < k:
        return _normalize_rows_backward(dy, x, gamma, mean, var, eps)
    rows, dy_rows = as_rows(x), as_rows(dy)
    dx = empty_like(rows)
    norm = affine_of(gamma, gamma, as_columns(mean, k), as_columns(var, k), eps)
    gradients = no_gradients(norm)
    reduce_gradients(dy_rows, rows, norm, NO_RELU, NO_TOP, g, gradients, size=x.size)
    input_gradient(dy_rows, rows, norm, NO_RELU, NO_TOP, gradients, dx, size=x.size)
    return (
        dx.reshape(x.shape),
        gradients.dgamma.reshape(gamma.shape),
        gradients.dbeta.reshape(gamma.shape),
    )


def _normalize_rows(x: Array, gamma: Array, beta: Array, eps: float) -> tuple[Array, Array, Array]:
    x_rows = np.ascontiguousarray(x)[:, 0]
    y = empty_like(x_rows)
    mean, var = np.empty((2, *x_rows.shape[:2]), np.float32)
    gamma, beta = np.ascontiguousarray(gamma), np.ascontiguousarray(beta)
    norm_rows.normalize_rows(x_rows, gamma, beta, np.float32(eps), y, mean, var, size=x.size)
    return y.reshape(x.shape), mean, var


def _normalize_rows_backward(
    dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    x_rows, dy_rows = np.ascontiguousarray(x)[:, 0], np.ascontiguousarray(dy)[:, 0]
    dx = empty_like(x_rows)
    shares = np.empty((2, -(-len(x) // norm_rows.BLOCK), *gamma.shape), np.float32)
    norm_rows.normalize_rows_backward(
        dy_rows, x_rows, np.ascontiguousarray(gamma), np.ascontiguousarray(mean),
        np.ascontiguousarray(var), np.float32(eps), dx, *shares, size=x.size,
    )  # fmt: skip
    dgamma, dbeta = shares.sum(1, np.float64).astype(np.float32)
    return dx.reshape(x.shape), dgamma, dbeta


@Loop
def _scale_shift(x, scale, shift, y):
    rows, columns = x.shape
    for r in prange(rows):
        row, out = x[r], y[r]
        for c in range(columns):
            out[c] = row[c] * scale[c] + shift[c]


def scale_shift(x: Array, scale: Array, shift: Array) -> Array:
    if not x.size:
        return np.empty(x.shape, scale.dtype)
    # A few channels would make a short inner loop: a whole row of pixels makes a long one.
    columns = int(np.prod(x.shape[1:])) if x.ndim > 1 and scale.size < 16 else scale.size
    y = empty(x.shape, scale.dtype)
    repeats = columns // scale.size
    _scale_shift(
        flat(x).reshape(-1, columns), np.tile(scale, repeats), np.tile(shift, repeats),
        y.reshape(-1, columns), size=x.size,
    )  # fmt: skip
    return y
