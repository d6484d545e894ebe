"""The loops of all norms, by columns: x is (B, S, G·K), and each column is summed on its own.

Channels last makes G·K one contiguous row. The S axis is cut into blocks that threads share; a
block is summed ``SHORT`` rows at a time in float32, and these sums are added in a fixed order in
double precision. So the result depends neither on the number of threads nor on how long the sums
are.

Every norm has the same straight line v = (x - μ) scale + shift, and optionally a ReLU after it:
``floor`` is 0 then, and -inf without. A second pass over an array starts at its end, which the
first has just left in the cache.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from .exact import exact
from .loops import Loop, flat, inline

BLOCK = 256  # rows of one task
SHORT = 32  # rows summed in float32: of 256 equal numbers, such a sum loses 2e-6, of 32 2e-7
PIVOT = 8  # rows whose mean the block's squares are taken about

ZERO = np.float32(0)


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
def clear(one, two):
    for c in range(one.size):
        one[c] = two[c] = 0


@exact
def flush(one, two, sums, moments):
    """Add the float32 sums of a few rows to the block's."""
    for c in range(one.size):
        sums[c] += one[c]
        moments[c] += two[c]


@Loop
def measure(x, groups, mean, var):
    """x (B, S, G·K) · mean, var (B, G·K): each group's value K times. One pass.

    A block of n rows sums d = x - p and d², where p is the mean of its first rows. Its squares
    about its own mean are Σd² - (Σd)²/n. As (p - mean)² ≤ n var / 8, that costs at most a few
    bits, whatever the mean. Blocks and columns join by Chan's formula.

    Source: Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance".
    """
    batch, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    pivots = np.empty((batch, blocks, columns), np.float32)
    means = np.empty((batch, blocks, columns), np.float64)  # about the pivots
    squares = np.empty((batch, blocks, columns), np.float64)
    some = np.empty((batch, blocks, columns), np.float32)
    some_squares = np.empty((batch, blocks, columns), np.float32)
    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        start, stop = block * BLOCK, min(rows, (block + 1) * BLOCK)
        total, square, pivot = means[b, block], squares[b, block], pivots[b, block]
        first, few = x[b, start], min(PIVOT, stop - start)
        part, part_square = some[b, block], some_squares[b, block]
        share, inverse = np.float32(1) / np.float32(few), 1 / np.float64(stop - start)
        for c in range(columns):
            total[c] = square[c] = 0.0
            pivot[c] = ZERO
        for r in range(start, start + few):
            row = x[b, r]
            for c in range(columns):
                pivot[c] += row[c] - first[c]
        for c in range(columns):
            pivot[c] = first[c] + pivot[c] * share
        for short in range(start, stop, SHORT):
            clear(part, part_square)
            for r in range(short, min(stop, short + SHORT)):
                row = x[b, r]
                for c in range(columns):
                    d = row[c] - pivot[c]
                    part[c] += d
                    part_square[c] += d * d
            flush(part, part_square, total, square)
        for c in range(columns):
            d = total[c] * inverse
            square[c] = max(square[c] - total[c] * d, 0.0)
            total[c] = d

    k = columns // groups
    average, moment = np.empty(columns, np.float64), np.empty(columns, np.float64)
    for b in range(batch):
        for c in range(columns):
            average[c] = moment[c] = 0.0
        for block in range(blocks):
            count = min(BLOCK, rows - block * BLOCK)
            for c in range(columns):
                average[c] += count * (np.float64(pivots[b, block, c]) + means[b, block, c])
        for c in range(columns):
            average[c] /= rows
        for block in range(blocks):
            count = min(BLOCK, rows - block * BLOCK)
            for c in range(columns):
                d = np.float64(pivots[b, block, c]) - average[c] + means[b, block, c]
                moment[c] += squares[b, block, c] + count * d * d
        for g in range(groups):
            whole, square = 0.0, 0.0
            for c in range(g * k, (g + 1) * k):
                whole += average[c]
            whole /= k
            for c in range(g * k, (g + 1) * k):
                d = average[c] - whole
                square += moment[c] + rows * d * d
            for c in range(g * k, (g + 1) * k):  # a slice would be a parallel region: 40 us each
                mean[b, c], var[b, c] = whole, square / (rows * k)


@Loop
def rescale(x, mean, scale, shift, floor, y):
    """y = max(v, floor)        x, y (B, S, C) · the others (B, C)"""
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
                out[c] = floor if v <= floor else v  # a NaN is not below, and passes


@inline
def gather(sums, moments, gamma, inv_std, groups, count, dgamma, dbeta, mean_term, x_hat_term):
    """From each block's Σ dy and Σ dy (x - μ): dβ, dγ, and what dx loses by 1 and by x - μ.

    count is the number of elements that share a mean: with n = count and s = inv_std,

        dγ = Σ s Σ dy (x - μ)      by_one = s/n Σ γ dy      by_x = s³/n Σ γ dy (x - μ)
    """
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
def reduce_gradients(
    dy, x, gamma, mean, inv_std, scale, shift, floor, groups, dgamma, dbeta, mean_term, x_hat_term
):
    """The pass over dy and x that dγ, dβ and the two corrections of dx need."""
    batch, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    sums = np.empty((batch, blocks, columns), np.float64)
    moments = np.empty((batch, blocks, columns), np.float64)
    some = np.empty((batch, blocks, columns), np.float32)
    some_moments = np.empty((batch, blocks, columns), np.float32)
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
                    passes = (affine(row[c], mean_b[c], scale_b[c], shift_b[c]) > ZERO) | no_relu
                    d = d_row[c]  # read in any case: a masked load is slow
                    d = d if passes else ZERO
                    one[c] += d
                    two[c] = add_moment(two[c], d, row[c], mean_b[c])
            flush(one, two, sums[b, block], moments[b, block])
    gather(
        sums, moments, gamma, inv_std, groups, rows * (columns // groups), dgamma, dbeta, mean_term,
        x_hat_term,
    )  # fmt: skip


@Loop
def input_gradient(dy, x, mean, scale, shift, floor, mean_term, x_hat_term, dx):
    """dx = scale dy - by_one - by_x (x - μ)"""
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
                passes = (affine(row[c], mean_b[c], scale_b[c], shift_b[c]) > ZERO) | no_relu
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


def slopes(gamma: Array, beta: Array, var: Array, eps: float) -> tuple[Array, Array, Array]:
    """inv_std, scale = γ inv_std and shift = β, each (B, C), from γ, β of C values, var (B, C)."""
    inv_std = 1 / np.sqrt(var + np.float32(eps))
    scale = inv_std * flat(gamma)
    shift = np.empty_like(scale)
    shift[:] = flat(beta)
    return inv_std, scale, shift
