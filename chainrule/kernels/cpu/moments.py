"""Statistics, and normalizing with any, apart from each other; see ``reference/moments.py``."""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from .loops import Loop, flat
from .norm_loops import NO_RELU, NO_TOP, SHORT, affine_of, as_columns, as_rows, rescale
from .norm_moments import measure
from .workspace import empty_like

__all__ = ["moments", "moments_backward", "normalize_with", "normalize_with_backward"]


@Loop
def _normalize_with_backward(dy, x, scale, inv_std, mean, dx, sums_dy, sums_dy_x_hat):
    """One pass: dx = scale dy, and each block's sums of dy and of dy x̂ by column."""
    batch, rows, columns = x.shape
    blocks = -(-rows // SHORT)
    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        sum_dy, sum_dy_x_hat = sums_dy[b, block], sums_dy_x_hat[b, block]
        mean_b, scale_b, inv_std_b = mean[b], scale[b], inv_std[b]
        for c in range(columns):
            sum_dy[c] = sum_dy_x_hat[c] = np.float32(0)
        for r in range(block * SHORT, min(rows, (block + 1) * SHORT)):
            row, d_row, out = x[b, r], dy[b, r], dx[b, r]
            for c in range(columns):
                d = d_row[c]
                out[c] = scale_b[c] * d
                sum_dy[c] += d
                sum_dy_x_hat[c] += d * ((row[c] - mean_b[c]) * inv_std_b[c])


def moments(x: Array) -> tuple[Array, Array]:
    b, _, g, k = x.shape
    mean, var = np.empty((2, b, g * k), np.float32)
    measure(as_rows(x), g, mean, var, size=x.size)
    return mean[:, ::k], var[:, ::k]


def moments_backward(dmean: Array, dvar: Array, x: Array, mean: Array) -> Array:
    rows, k = as_rows(x), x.shape[3]
    scale = np.float32(1 / (x.shape[1] * k))
    dx = empty_like(rows)
    mean_term, x_hat_term = as_columns(dmean * scale, k), as_columns(2 * scale * dvar, k)
    rescale(rows, as_columns(mean, k), x_hat_term, mean_term, NO_RELU, NO_TOP, dx, size=x.size)
    return dx.reshape(x.shape)


def normalize_with(
    x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> Array:
    rows, k = as_rows(x), x.shape[3]
    y = empty_like(rows)
    norm = affine_of(gamma, beta, as_columns(mean, k), as_columns(var, k), eps)
    rescale(rows, norm.mean, norm.scale, norm.shift, NO_RELU, NO_TOP, y, size=x.size)
    return y.reshape(x.shape)


def normalize_with_backward(
    dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array, Array, Array]:
    b, s, g, k = x.shape
    rows = as_rows(x)
    dx = empty_like(rows)
    inv_std = 1 / np.sqrt(var + np.float32(eps))
    columns = as_columns(inv_std, k)
    sums = np.empty((2, b, -(-s // SHORT), g * k), np.float32)
    _normalize_with_backward(
        as_rows(dy), rows, columns * flat(gamma), columns, as_columns(mean, k), dx, *sums,
        size=x.size,
    )  # fmt: skip
    dbeta, dgamma = sums.sum((1, 2), np.float64).astype(np.float32).reshape(2, g, k)
    by_group = (sums.sum(2, np.float64) * flat(gamma)).reshape(2, b, g, k).sum(3)
    dmean, dvar = by_group.astype(np.float32)
    return dx.reshape(x.shape), dgamma, dbeta, -inv_std * dmean, -(inv_std**2) / 2 * dvar
