"""The loops of norm, ReLU and max pool 2x2: neither the norm's output nor its gradient, four times
as large as what the pool makes of them, is ever written.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ..reference.norm_relu import CLOSED
from .loops import Loop, inline
from .norm_loops import (
    BLOCK,
    SHORT,
    ZERO,
    accumulators,
    add_moment,
    affine,
    clear,
    flush,
    gather,
    slope,
)

SHUT = np.uint8(CLOSED)
ONE, TWO, THREE = np.uint8(1), np.uint8(2), np.uint8(3)


@inline
def _wins(v, best):
    """v is larger than ``best``, or a NaN; the first NaN stays."""
    return (not v <= best) & (best == best)


@Loop
def pool(x, norm, y, argmax, top):
    """x (N, H, W, C) · y, argmax, top (N, H/2, W/2, C)"""
    _, mean, _, scale, shift = norm
    mean_b, scale_b, shift_b = mean[0], scale[0], shift[0]
    _, oh, ow, channels = y.shape
    lines = len(y) * oh
    for task in prange(lines):
        image, i = (lines - 1 - task) // oh, (lines - 1 - task) % oh
        for j in range(ow):
            x0, x1 = x[image, 2 * i, 2 * j], x[image, 2 * i, 2 * j + 1]
            x2, x3 = x[image, 2 * i + 1, 2 * j], x[image, 2 * i + 1, 2 * j + 1]
            out, place, best_x = y[image, i, j], argmax[image, i, j], top[image, i, j]
            for c in range(channels):
                m, s, b = mean_b[c], scale_b[c], shift_b[c]
                best, value, tap = affine(x0[c], m, s, b), x0[c], np.uint8(0)
                v, u = affine(x1[c], m, s, b), x1[c]
                wins = _wins(v, best)
                best, value, tap = v if wins else best, u if wins else value, ONE if wins else tap
                v, u = affine(x2[c], m, s, b), x2[c]
                wins = _wins(v, best)
                best, value, tap = v if wins else best, u if wins else value, TWO if wins else tap
                v, u = affine(x3[c], m, s, b), x3[c]
                wins = _wins(v, best)
                best, value, tap = v if wins else best, u if wins else value, THREE if wins else tap
                out[c] = ZERO if best <= ZERO else best
                place[c] = tap if best > ZERO else SHUT
                best_x[c] = value


@Loop
def reduce_gradients(dy, argmax, top, norm, count, gradients):
    """The sums over each window's maximum: dy, argmax, top (1, windows, C); ``count`` pixels have
    the mean."""
    mean = norm.mean[0]
    _, rows, columns = dy.shape
    blocks = -(-rows // BLOCK)
    sums, moments, some, some_moments = accumulators(1, blocks, columns)
    for block in prange(blocks):
        one, two = some[0, block], some_moments[0, block]
        stop = min(rows, (block + 1) * BLOCK)
        clear(sums[0, block], moments[0, block])
        for short in range(block * BLOCK, stop, SHORT):
            clear(one, two)
            for r in range(short, min(stop, short + SHORT)):
                row, d_row, place = top[0, r], dy[0, r], argmax[0, r]
                for c in range(columns):
                    d = d_row[c]
                    d = d if place[c] != SHUT else ZERO
                    one[c] += d
                    two[c] = add_moment(two[c], d, row[c], mean[c])
            flush(one, two, sums[0, block], moments[0, block])
    gather(sums, moments, norm, columns, count, gradients)


@Loop
def input_gradient(dy, argmax, x, norm, gradients, dx):
    """dx = scale d - mean_term - x_hat_term (x - μ), d = dy at a window's maximum, else 0."""
    mean, scale = norm.mean[0], norm.scale[0]
    mean_term, x_hat_term = gradients.mean_term[0], gradients.x_hat_term[0]
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
                        d_row, place, tap = dy[image, i, j], argmax[image, i, j], np.uint8(pixel)
                        for c in range(channels):
                            d = d_row[c]
                            d = d if place[c] == tap else ZERO
                            out[c] = slope(
                                d, row[c], mean[c], scale[c], mean_term[c], x_hat_term[c]
                            )
                    else:
                        for c in range(channels):
                            out[c] = slope(
                                ZERO, row[c], mean[c], scale[c], mean_term[c], x_hat_term[c]
                            )
