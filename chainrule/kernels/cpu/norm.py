"""Normalisation in three short passes forward, two backward; see ``reference/norm.py``.

All layers use these loops, by columns as ``moments.py`` describes; only rows that hold all of
their own statistics (layer norm) go to ``norm_rows.py``.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from . import norm_rows
from .loops import Loop, flat
from .moments import BLOCK, as_columns, as_rows, group_means, measure, scale_centered

__all__ = ["normalize", "normalize_backward", "scale_shift"]


@Loop
def _normalize_backward(dy, x, gamma, mean, var, eps, groups, dx, dgamma, dbeta):
    """x (B, S, G·K) · mean, var (B, G·K): each value K times · dgamma, dbeta (G·K,)

    dx = γ inv_std dy - inv_std (mean(γ dy) + x̂ mean(γ dy x̂)), the last two by (x - μ) and by 1
    """
    batch, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    count = rows * (columns // groups)
    inv_std = (np.float32(1) / np.sqrt(var + eps)).astype(np.float32)
    sums_dy = np.empty((batch, blocks, columns), np.float32)
    sums_dy_x_hat = np.empty((batch, blocks, columns), np.float32)
    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        sum_dy, sum_dy_x_hat = sums_dy[b, block], sums_dy_x_hat[b, block]
        sum_dy[:] = 0
        sum_dy_x_hat[:] = 0
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            for c in range(columns):
                sum_dy[c] += dy[b, r, c]
                sum_dy_x_hat[c] += dy[b, r, c] * ((x[b, r, c] - mean[b, c]) * inv_std[b, c])

    for c in range(columns):
        total_dy, total_dy_x_hat = 0.0, 0.0
        for b in range(batch):
            for block in range(blocks):
                total_dy += sums_dy[b, block, c]
                total_dy_x_hat += sums_dy_x_hat[b, block, c]
        dbeta[c], dgamma[c] = total_dy, total_dy_x_hat

    by_one = np.empty((batch, columns), np.float32)
    by_x = np.empty((batch, columns), np.float32)
    group_means(sums_dy * gamma, groups, count, by_one)
    group_means(sums_dy_x_hat * gamma, groups, count, by_x)
    by_dy = inv_std * gamma
    by_one *= inv_std
    by_x *= inv_std * inv_std
    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            for c in range(columns):
                centered = x[b, r, c] - mean[b, c]
                dx[b, r, c] = by_dy[b, c] * dy[b, r, c] - by_one[b, c] - by_x[b, c] * centered


def normalize(x: Array, gamma: Array, beta: Array, eps: float) -> tuple[Array, Array, Array]:
    b, s, g, k = x.shape
    if s == 1:
        return _normalize_rows(x, gamma, beta, eps)
    rows = as_rows(x)
    y = np.empty_like(rows)
    mean, var = np.empty((2, b, g * k), np.float32)
    measure(rows, g, mean, var, size=x.size)
    scale = flat(gamma) / np.sqrt(var + np.float32(eps))
    shift = np.empty_like(scale)
    shift[:] = flat(beta)
    scale_centered(rows, scale, shift, mean, y, size=x.size)
    return y.reshape(x.shape), mean[:, ::k], var[:, ::k]


def normalize_backward(
    dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    s, g, k = x.shape[1:]
    if s == 1:
        return _normalize_rows_backward(dy, x, gamma, mean, var, eps)
    rows = as_rows(x)
    dx = np.empty_like(rows)
    dgamma, dbeta = np.empty((2, g, k), np.float32)
    _normalize_backward(
        as_rows(dy), rows, flat(gamma), as_columns(mean, k), as_columns(var, k), np.float32(eps),
        g, dx, flat(dgamma), flat(dbeta), size=x.size,
    )  # fmt: skip
    return dx.reshape(x.shape), dgamma, dbeta


def _normalize_rows(x: Array, gamma: Array, beta: Array, eps: float) -> tuple[Array, Array, Array]:
    x_rows = np.ascontiguousarray(x)[:, 0]
    y = np.empty_like(x_rows)
    mean, var = np.empty((2, *x_rows.shape[:2]), np.float32)
    gamma, beta = np.ascontiguousarray(gamma), np.ascontiguousarray(beta)
    norm_rows.normalize_rows(x_rows, gamma, beta, np.float32(eps), y, mean, var, size=x.size)
    return y.reshape(x.shape), mean, var


def _normalize_rows_backward(
    dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    x_rows, dy_rows = np.ascontiguousarray(x)[:, 0], np.ascontiguousarray(dy)[:, 0]
    dx = np.empty_like(x_rows)
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
        for c in range(columns):
            y[r, c] = x[r, c] * scale[c] + shift[c]


def scale_shift(x: Array, scale: Array, shift: Array) -> Array:
    # A few channels would make a short inner loop: a whole row of pixels makes a long one.
    columns = int(np.prod(x.shape[1:])) if x.ndim > 1 and scale.size < 16 else scale.size
    y = np.empty(x.shape, scale.dtype)
    repeats = columns // scale.size
    _scale_shift(
        flat(x).reshape(-1, columns), np.tile(scale, repeats), np.tile(shift, repeats),
        y.reshape(-1, columns), size=x.size,
    )  # fmt: skip
    return y
