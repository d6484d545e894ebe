"""Statistics and standardising as loops; see ``reference/moments.py``.

Channels last makes G·K one contiguous row of columns: each column is summed on its own, and the
columns of a group are added at the end. The S axis is cut into blocks that threads share; the
blocks' sums are added in a fixed order in double precision, so the result depends neither on
the number of threads nor on how long the sums are.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from .loops import Loop, flat, inline

__all__ = ["moments", "moments_backward", "standardize", "standardize_backward"]

BLOCK = 256  # rows summed in float32 before they join the double-precision total


@inline
def group_means(sums, groups, count, out):
    """out[b, c] = the sum over blocks, and over the columns of c's group, divided by count."""
    batch, blocks, columns = sums.shape
    k = columns // groups
    for b in range(batch):
        for g in range(groups):
            total = 0.0
            for block in range(blocks):
                for c in range(g * k, (g + 1) * k):
                    total += sums[b, block, c]
            for c in range(g * k, (g + 1) * k):  # a slice would be a parallel region: 40 us each
                out[b, c] = total / count


@Loop
def measure(x, groups, mean, var):
    """x (B, S, G·K) · mean, var (B, G·K): each group's value K times."""
    batch, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    count = rows * (columns // groups)
    sums = np.empty((batch, blocks, columns), np.float32)
    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        total = sums[b, block]
        total[:] = 0
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            for c in range(columns):
                total[c] += x[b, r, c]
    group_means(sums, groups, count, mean)

    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        total = sums[b, block]
        total[:] = 0
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            for c in range(columns):
                d = x[b, r, c] - mean[b, c]
                total[c] += d * d
    group_means(sums, groups, count, var)


@Loop
def scale_centered(x, scale, shift, mean, y):
    """y = scale (x - mean) + shift        x, y (B, S, C) · scale, shift, mean (B, C)"""
    batch, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            for c in range(columns):
                y[b, r, c] = (x[b, r, c] - mean[b, c]) * scale[b, c] + shift[b, c]


@Loop
def _standardize_backward(dy, x, scale, inv_std, mean, dx, sums_dy, sums_dy_x_hat):
    """One pass: dx = scale dy, and each block's sums of dy and of dy x̂ by column."""
    batch, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        sum_dy, sum_dy_x_hat = sums_dy[b, block], sums_dy_x_hat[b, block]
        sum_dy[:] = 0
        sum_dy_x_hat[:] = 0
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            for c in range(columns):
                d = dy[b, r, c]
                dx[b, r, c] = scale[b, c] * d
                sum_dy[c] += d
                sum_dy_x_hat[c] += d * ((x[b, r, c] - mean[b, c]) * inv_std[b, c])


def as_rows(x: Array) -> Array:
    """(B, S, G, K) as (B, S, G·K), contiguous."""
    b, s, g, k = x.shape
    return np.ascontiguousarray(x).reshape(b, s, g * k)


def as_columns(group_values: Array, k: int) -> Array:
    """One value for each (b, g) as one for each (b, column)."""
    return np.ascontiguousarray(group_values if k == 1 else np.repeat(group_values, k, axis=1))


def moments(x: Array) -> tuple[Array, Array]:
    b, _, g, k = x.shape
    mean, var = np.empty((2, b, g * k), np.float32)
    measure(as_rows(x), g, mean, var, size=x.size)
    return mean[:, ::k], var[:, ::k]


def moments_backward(dmean: Array, dvar: Array, x: Array, mean: Array) -> Array:
    rows, k = as_rows(x), x.shape[3]
    scale = np.float32(1 / (x.shape[1] * k))
    dx = np.empty_like(rows)
    by_one, by_x = as_columns(dmean * scale, k), as_columns(2 * scale * dvar, k)
    scale_centered(rows, by_x, by_one, as_columns(mean, k), dx, size=x.size)
    return dx.reshape(x.shape)


def standardize(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Array:
    rows, k = as_rows(x), x.shape[3]
    y = np.empty_like(rows)
    scale = as_columns(1 / np.sqrt(var + np.float32(eps)), k) * flat(gamma)
    shift = np.empty_like(scale)
    shift[:] = flat(beta)
    scale_centered(rows, scale, shift, as_columns(mean, k), y, size=x.size)
    return y.reshape(x.shape)


def standardize_backward(
    dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array, Array, Array]:
    b, s, g, k = x.shape
    rows = as_rows(x)
    dx = np.empty_like(rows)
    inv_std = 1 / np.sqrt(var + np.float32(eps))
    columns = as_columns(inv_std, k)
    sums = np.empty((2, b, -(-s // BLOCK), g * k), np.float32)
    _standardize_backward(
        as_rows(dy), rows, columns * flat(gamma), columns, as_columns(mean, k), dx, *sums,
        size=x.size,
    )  # fmt: skip
    dbeta, dgamma = sums.sum((1, 2), np.float64).astype(np.float32).reshape(2, g, k)
    by_group = (sums.sum(2, np.float64) * flat(gamma)).reshape(2, b, g, k).sum(3)
    dmean, dvar = by_group.astype(np.float32)
    return dx.reshape(x.shape), dgamma, dbeta, -inv_std * dmean, -(inv_std**2) / 2 * dvar
