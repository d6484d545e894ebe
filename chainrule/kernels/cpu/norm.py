"""Normalisation in three short passes forward, two backward; see ``reference/norm.py``.

All five layers use these two loops: channels last makes G·K one contiguous row of columns, each
column is summed on its own, and the columns of a group are added at the end. The S axis is cut
into blocks that threads share; the blocks' sums are added in a fixed order in double precision,
so the result depends neither on the number of threads nor on how long the sums are.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from .loops import Loop, flat, inline

__all__ = ["normalize", "normalize_backward", "scale_shift"]

BLOCK = 256  # rows summed in float32 before they join the double-precision total


@inline
def _group_means(sums, groups, count, out):
    """out[b, c] = the sum over blocks, and over the columns of c's group, divided by count."""
    batch, blocks, columns = sums.shape
    k = columns // groups
    for b in range(batch):
        for g in range(groups):
            total = 0.0
            for block in range(blocks):
                for c in range(g * k, (g + 1) * k):
                    total += sums[b, block, c]
            out[b, g * k : (g + 1) * k] = total / count


@Loop
def _normalize(x, gamma, beta, eps, groups, y, mean, var):
    """x, y (B, S, G·K) · gamma, beta (G·K,) · mean, var (B, G·K): each group's value K times."""
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
    _group_means(sums, groups, count, mean)

    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        total = sums[b, block]
        total[:] = 0
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            for c in range(columns):
                d = x[b, r, c] - mean[b, c]
                total[c] += d * d
    _group_means(sums, groups, count, var)

    scale = (gamma / np.sqrt(var + eps)).astype(np.float32)
    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            for c in range(columns):
                y[b, r, c] = (x[b, r, c] - mean[b, c]) * scale[b, c] + beta[c]


@Loop
def _normalize_backward(dy, x, gamma, mean, var, eps, groups, dx, dgamma, dbeta):
    """As above; dgamma, dbeta (G·K,).

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
    _group_means(sums_dy * gamma, groups, count, by_one)
    _group_means(sums_dy_x_hat * gamma, groups, count, by_x)
    by_dy = inv_std * gamma
    by_one *= inv_std
    by_x *= inv_std * inv_std
    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            for c in range(columns):
                centered = x[b, r, c] - mean[b, c]
                dx[b, r, c] = by_dy[b, c] * dy[b, r, c] - by_one[b, c] - by_x[b, c] * centered


def _rows(x: Array) -> Array:
    """(B, S, G, K) as (B, S, G·K), contiguous."""
    b, s, g, k = x.shape
    return np.ascontiguousarray(x).reshape(b, s, g * k)


def _columns(group_values: Array, k: int) -> Array:
    """One value for each (b, g) as one for each (b, column)."""
    return group_values if k == 1 else np.repeat(group_values, k, axis=1)


def normalize(x: Array, gamma: Array, beta: Array, eps: float) -> tuple[Array, Array, Array]:
    b, _, g, k = x.shape
    rows = _rows(x)
    y = np.empty_like(rows)
    mean, var = np.empty((2, b, g * k), np.float32)
    _normalize(rows, flat(gamma), flat(beta), np.float32(eps), g, y, mean, var, size=x.size)
    return y.reshape(x.shape), mean[:, ::k], var[:, ::k]


def normalize_backward(
    dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    g, k = x.shape[2:]
    rows = _rows(x)
    dx = np.empty_like(rows)
    dgamma, dbeta = np.empty((2, g, k), np.float32)
    mean, var = np.ascontiguousarray(_columns(mean, k)), np.ascontiguousarray(_columns(var, k))
    _normalize_backward(
        _rows(dy), rows, flat(gamma), mean, var, np.float32(eps), g, dx, flat(dgamma), flat(dbeta),
        size=x.size,
    )  # fmt: skip
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
