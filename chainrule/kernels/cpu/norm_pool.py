"""The loops of norm, ReLU and max pool 2x2: neither the norm's output nor its gradient, four times
as large as what the pool makes of them, is ever written.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ..reference.norm_relu import CLOSED
from .loops import Loop
from .norm_loops import BLOCK, SHORT, ZERO, add_moment, affine, clear, flush, gather, slope

SHUT = np.uint8(CLOSED)


@Loop
def pool(x, mean, scale, shift, y, argmax, top):
    """x (N, H, W, C) · y, winners, top (N, H/2, W/2, C) · mean, scale, shift (C,)"""
    _, oh, ow, channels = y.shape
    lines = len(y) * oh
    for task in prange(lines):
        image, i = (lines - 1 - task) // oh, (lines - 1 - task) % oh
        for j in range(ow):
            x0, x1 = x[image, 2 * i, 2 * j], x[image, 2 * i, 2 * j + 1]
            x2, x3 = x[image, 2 * i + 1, 2 * j], x[image, 2 * i + 1, 2 * j + 1]
            out, winner, best = y[image, i, j], argmax[image, i, j], top[image, i, j]
            for c in range(channels):
                m, s, b = mean[c], scale[c], shift[c]
                high, value, tap = affine(x0[c], m, s, b), x0[c], np.uint8(0)
                v, u = affine(x1[c], m, s, b), x1[c]
                wins = (not v <= high) & (high == high)  # is > or a NaN; the first NaN stays
                high, value = v if wins else high, u if wins else value
                tap = np.uint8(1) if wins else tap
                v, u = affine(x2[c], m, s, b), x2[c]
                wins = (not v <= high) & (high == high)
                high, value = v if wins else high, u if wins else value
                tap = np.uint8(2) if wins else tap
                v, u = affine(x3[c], m, s, b), x3[c]
                wins = (not v <= high) & (high == high)
                high, value = v if wins else high, u if wins else value
                tap = np.uint8(3) if wins else tap
                out[c] = ZERO if high <= ZERO else high
                winner[c] = tap if high > ZERO else SHUT
                best[c] = value


@Loop
def reduce_gradients(
    dy, argmax, top, gamma, mean, inv_std, count, dgamma, dbeta, mean_term, x_hat_term
):
    """The sums over winners: dy, winners, top (1, windows, C); ``count`` pixels have the mean."""
    _, rows, columns = dy.shape
    blocks = -(-rows // BLOCK)
    sums = np.empty((1, blocks, columns), np.float64)
    moments = np.empty((1, blocks, columns), np.float64)
    some = np.empty((blocks, columns), np.float32)
    some_moments = np.empty((blocks, columns), np.float32)
    mean_b = mean[0]
    for block in prange(blocks):
        one, two = some[block], some_moments[block]
        stop = min(rows, (block + 1) * BLOCK)
        clear(sums[0, block], moments[0, block])
        for short in range(block * BLOCK, stop, SHORT):
            clear(one, two)
            for r in range(short, min(stop, short + SHORT)):
                row, d_row, winner = top[0, r], dy[0, r], argmax[0, r]
                for c in range(columns):
                    d = d_row[c]
                    d = d if winner[c] != SHUT else ZERO
                    one[c] += d
                    two[c] = add_moment(two[c], d, row[c], mean_b[c])
            flush(one, two, sums[0, block], moments[0, block])
    gather(sums, moments, gamma, inv_std, columns, count, dgamma, dbeta, mean_term, x_hat_term)


@Loop
def input_gradient(dy, argmax, x, mean, scale, mean_term, x_hat_term, dx):
    """dx = scale d - by_one - by_x (x - μ), d = dy at a window's winner and 0 elsewhere."""
    _, h, width, channels = x.shape
    _, oh, ow, _ = dy.shape
    height = -(-h // 2)  # windows, and what an odd last row or column leaves over
    lines = len(x) * height
    for task in prange(lines):
        image, i = (lines - 1 - task) // height, (lines - 1 - task) % height
        for j in range(-(-width // 2)):
            inside = i < oh and j < ow
            for pixel in range(4):
                r, s = 2 * i + pixel // 2, 2 * j + pixel % 2
                if r < h and s < width:
                    row, out = x[image, r, s], dx[image, r, s]
                    if inside:
                        d_row, winner, tap = dy[image, i, j], argmax[image, i, j], np.uint8(pixel)
                        for c in range(channels):
                            d = d_row[c]
                            d = d if winner[c] == tap else ZERO
                            out[c] = slope(
                                d, row[c], mean[c], scale[c], mean_term[c], x_hat_term[c]
                            )
                    else:
                        for c in range(channels):
                            out[c] = slope(
                                ZERO, row[c], mean[c], scale[c], mean_term[c], x_hat_term[c]
                            )
