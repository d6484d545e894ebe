"""The means and variances of all norms, in sums that are cut as ``norm_loops`` says."""

from __future__ import annotations

import numpy as np
from numba import prange

from .loops import Loop, inline
from .norm_loops import BLOCK, SHORT, ZERO, clear, flush

PIVOT = 8  # rows whose mean the block's squares are taken about


@inline
def _join(pivots, means, squares, rows, groups, mean, var):
    """From each block's pivot, mean about it and squares about that mean: those of the groups."""
    batch, blocks, columns = means.shape
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
            group_mean, group_moment = 0.0, 0.0
            for c in range(g * k, (g + 1) * k):
                group_mean += average[c]
            group_mean /= k
            for c in range(g * k, (g + 1) * k):
                d = average[c] - group_mean
                group_moment += moment[c] + rows * d * d
            for c in range(g * k, (g + 1) * k):  # a slice would be a parallel region: 40 us each
                mean[b, c], var[b, c] = group_mean, group_moment / (rows * k)


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
    short_sums = np.empty((batch, blocks, columns), np.float32)
    short_squares = np.empty((batch, blocks, columns), np.float32)
    for task in prange(batch * blocks):
        b, block = task // blocks, task % blocks
        start, stop = block * BLOCK, min(rows, (block + 1) * BLOCK)
        pivot, total, square = pivots[b, block], means[b, block], squares[b, block]
        some, some_squares = short_sums[b, block], short_squares[b, block]
        first, few = x[b, start], min(PIVOT, stop - start)
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
            clear(some, some_squares)
            for r in range(short, min(stop, short + SHORT)):
                row = x[b, r]
                for c in range(columns):
                    d = row[c] - pivot[c]
                    some[c] += d
                    some_squares[c] += d * d
            flush(some, some_squares, total, square)
        for c in range(columns):
            d = total[c] * inverse
            square[c] = max(square[c] - total[c] * d, 0.0)
            total[c] = d
    _join(pivots, means, squares, rows, groups, mean, var)
