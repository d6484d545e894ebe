"""The loops of all norms, by columns: x is (B, S, G·K), and each column is summed on its own.

Channels last makes G·K one contiguous row. The S axis is cut into blocks that threads share; a
block is summed ``SHORT`` rows at a time in float32, and these sums are added in a fixed order in
double precision. So the result depends neither on the number of threads nor on how long the sums
are.

Every norm has the same affine function of x, and optionally a ReLU after it:

    y = min(max(v, floor), top)   v = (x - μ) scale + shift   scale = γ / √(σ² + ε), shift = β
    dx = scale d - mean_term - x_hat_term (x - μ)             d = dy where 0 < v < top, else 0

``floor`` is 0, or -inf without a ReLU; ``top`` is 6 for a ReLU6, else NaN, which nothing is above
or below. A second pass over an array starts at its end, which the
first has just left in the cache.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange

from ...types import Array
from .exact import exact
from .loops import Loop, flat, inline

BLOCK = 256  # rows of one task
SHORT = 32  # rows summed in float32: of 256 equal numbers, such a sum loses 2e-6, of 32 2e-7

ZERO = np.float32(0)
NO_RELU = np.float32(-np.inf)  # the floor of a norm alone
NO_TOP = np.float32(np.nan)
SIX = np.float32(6)


class Affine(NamedTuple):
    """γ (C,) and, each (B, C), μ, 1 / √(σ² + ε), scale and shift."""

    gamma: Array
    mean: Array
    inv_std: Array
    scale: Array
    shift: Array


class Gradients(NamedTuple):
    """What the sums over dy and x come to: dγ, dβ (C,), and two terms of dx, each (B, C)."""

    dgamma: Array
    dbeta: Array
    mean_term: Array
    x_hat_term: Array


# Exact, because a loop in fast math may round otherwise than its neighbor: a backward pass must
# see the sign that the forward pass saw, and a ReLU beside the norm must change nothing else.


@exact
def affine(x, mean, scale, shift):
    return (x - mean) * scale + shift


@exact
def add_moment(total, d, x, mean):
    return total + d * (x - mean)


@exact
def slope(d, x, mean, scale, mean_term, x_hat_term):
    return scale * d - mean_term - x_hat_term * (x - mean)


@exact
def opens(v, top, no_relu):
    return ((v > ZERO) & (not v >= top)) | no_relu


@exact
def clear(one, two):
    for c in range(one.size):
        one[c] = two[c] = 0


@exact
def flush(one, two, sums, moments):
    """Add the float32 sums of a few rows to the block's."""
    for c in range(one.size):
        sums[c] += one[c]
        moments[c] += two[c]


@inline
def accumulators(batch, blocks, columns):
    """For each block Σ d and Σ d (x - μ): those of all rows, and in float32 those of a few."""
    shape = (batch, blocks, columns)
    sums, moments = np.empty(shape, np.float64), np.empty(shape, np.float64)
    return sums, moments, np.empty(shape, np.float32), np.empty(shape, np.float32)


@Loop
def rescale(x, mean, scale, shift, floor, top, y):
    """y = min(max(v, floor), top)        x, y (B, S, C) · mean, scale, shift (B, C)"""
    batch, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    last = batch * blocks - 1
    for task in prange(batch * blocks):
        b, block = (last - task) // blocks, (last - task) % blocks
        mean_b, scale_b, shift_b = mean[b], scale[b], shift[b]
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            row, out = x[b, r], y[b, r]
            for c in range(columns):
                v = affine(row[c], mean_b[c], scale_b[c], shift_b[c])
                v = floor if v <= floor else v  # a NaN is not below, and passes
                out[c] = top if v >= top else v


@inline
def gather(sums, moments, norm, groups, count, gradients):
    """From each block's Σ d and Σ d (x - μ): dβ, dγ, and what dx loses by 1 and by x - μ.

    count is the number of elements that share a mean: with n = count and s = inv_std,

        dγ = Σ s Σ d (x - μ)      mean_term = s/n Σ γ d      x_hat_term = s³/n Σ γ d (x - μ)
    """
    gamma, _, inv_std, _, _ = norm
    dgamma, dbeta, mean_term, x_hat_term = gradients
    batch, blocks, columns = sums.shape
    k = columns // groups
    one, two = np.empty(columns, np.float64), np.empty(columns, np.float64)
    all_one, all_two = np.empty(columns, np.float64), np.empty(columns, np.float64)
    for c in range(columns):
        all_one[c] = all_two[c] = 0.0
    for b in range(batch):
        for c in range(columns):
            one[c] = two[c] = 0.0
        for block in range(blocks):
            for c in range(columns):
                one[c] += sums[b, block, c]
                two[c] += moments[b, block, c]
        for c in range(columns):
            all_one[c] += one[c]
            all_two[c] += two[c] * inv_std[b, c]
        for g in range(groups):
            share_one, share_x = 0.0, 0.0
            for c in range(g * k, (g + 1) * k):
                share_one += gamma[c] * one[c]
                share_x += gamma[c] * two[c]
            for c in range(g * k, (g + 1) * k):
                s = np.float64(inv_std[b, c])
                mean_term[b, c] = s * share_one / count
                x_hat_term[b, c] = s * s * s * share_x / count
    for c in range(columns):
        dbeta[c], dgamma[c] = all_one[c], all_two[c]


@Loop
def reduce_gradients(dy, x, norm, floor, top, groups, gradients):
    """The pass over dy and x that dγ, dβ and the two terms of dx need."""
    _, mean, _, scale, shift = norm
    batch, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    sums, moments, some, some_moments = accumulators(batch, blocks, columns)
    no_relu = floor < 0
    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        mean_b, scale_b, shift_b = mean[b], scale[b], shift[b]
        one, two = some[b, block], some_moments[b, block]
        stop = min(rows, (block + 1) * BLOCK)
        clear(sums[b, block], moments[b, block])
        for short in range(block * BLOCK, stop, SHORT):
            clear(one, two)
            for r in range(short, min(stop, short + SHORT)):
                row, d_row = x[b, r], dy[b, r]
                for c in range(columns):
                    v = affine(row[c], mean_b[c], scale_b[c], shift_b[c])
                    passes = opens(v, top, no_relu)
                    d = d_row[c]  # read in any case: a masked load is slow
                    d = d if passes else ZERO
                    one[c] += d
                    two[c] = add_moment(two[c], d, row[c], mean_b[c])
            flush(one, two, sums[b, block], moments[b, block])
    gather(sums, moments, norm, groups, rows * (columns // groups), gradients)


@Loop
def input_gradient(dy, x, norm, floor, top, gradients, dx):
    """dx = scale d - mean_term - x_hat_term (x - μ)"""
    _, mean, _, scale, shift = norm
    _, _, mean_term, x_hat_term = gradients
    batch, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    last = batch * blocks - 1
    no_relu = floor < 0
    for task in prange(batch * blocks):
        b, block = (last - task) // blocks, (last - task) % blocks
        mean_b, scale_b, shift_b = mean[b], scale[b], shift[b]
        mean_term_b, x_hat_term_b = mean_term[b], x_hat_term[b]
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            row, d_row, out = x[b, r], dy[b, r], dx[b, r]
            for c in range(columns):
                v = affine(row[c], mean_b[c], scale_b[c], shift_b[c])
                passes = opens(v, top, no_relu)
                d = d_row[c]
                d = d if passes else ZERO
                out[c] = slope(d, row[c], mean_b[c], scale_b[c], mean_term_b[c], x_hat_term_b[c])


def as_rows(x: Array) -> Array:
    """(B, S, G, K) as (B, S, G·K), contiguous."""
    b, s, g, k = x.shape
    return np.ascontiguousarray(x).reshape(b, s, g * k)


def as_columns(group_values: Array, k: int) -> Array:
    """One value for each (b, g) as one for each (b, column)."""
    return np.ascontiguousarray(group_values if k == 1 else np.repeat(group_values, k, axis=1))


def affine_of(gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Affine:
    """From γ, β of C values and μ, σ² (B, C)."""
    inv_std = 1 / np.sqrt(var + np.float32(eps))
    scale = inv_std * flat(gamma)
    shift = np.empty_like(scale)
    shift[:] = flat(beta)
    return Affine(flat(gamma), mean, inv_std, scale, shift)


def no_gradients(norm: Affine) -> Gradients:
    """Arrays to be filled."""
    batch, columns = norm.scale.shape
    dgamma, dbeta = np.empty((2, columns), np.float32)
    return Gradients(dgamma, dbeta, *np.empty((2, batch, columns), np.float32))
