"""Pooling by direct loops: each output, and backwards each input, is written once."""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from ..geometry import Padding, Pair, Spans, output_sizes, window
from ..reference.pool import argmax_dtype
from .loops import Loop

__all__ = ["average_pool", "average_pool_backward", "max_pool", "max_pool_backward"]

FEW = 8  # pixels summed in float32 before they join the double-precision total


@Loop
def _max_pool(x, window, y, argmax):
    kh, kw, sh, sw, top, left, _, _ = window
    n, h, width, channels = x.shape
    _, oh, ow, _ = y.shape
    for line in prange(n * oh):
        image, i = line // oh, line % oh
        place = np.empty(channels, np.int32)  # as wide as x: then both fit one vector loop
        for j in range(ow):
            best = y[image, i, j]
            best[:] = -np.inf
            place[:] = 0
            for a in range(kh):
                r = i * sh - top + a
                if 0 <= r < h:
                    for b in range(kw):
                        s = j * sw - left + b
                        if 0 <= s < width:
                            tap = np.int32(a * kw + b)
                            for c in range(channels):
                                value = x[image, r, s, c]
                                # not <= is > or a NaN on either side; the first NaN stays
                                wins = (not value <= best[c]) & (best[c] == best[c])
                                best[c] = value if wins else best[c]
                                place[c] = tap if wins else place[c]
            for c in range(channels):
                argmax[image, i, j, c] = place[c]


@Loop
def _max_pool_backward(dy, argmax, window, dx):
    kh, kw, sh, sw, top, left, _, _ = window
    n, oh, ow, channels = dy.shape
    _, h, width, _ = dx.shape
    for line in prange(n * h):
        image, r = line // h, line % h
        first_i, last_i = max(0, -((kh - 1 - r - top) // sh)), min(oh - 1, (r + top) // sh)
        for s in range(width):
            first_j, last_j = max(0, -((kw - 1 - s - left) // sw)), min(ow - 1, (s + left) // sw)
            out = dx[image, r, s]
            out[:] = 0
            for i in range(first_i, last_i + 1):
                for j in range(first_j, last_j + 1):
                    tap = (r + top - i * sh) * kw + s + left - j * sw
                    for c in range(channels):
                        won = argmax[image, i, j, c] == tap
                        out[c] += dy[image, i, j, c] if won else np.float32(0)


def max_pool(x: Array, kernel: Pair, stride: Pair, padding: Padding) -> tuple[Array, Array]:
    n, h, w, c = x.shape
    y = np.empty((n, *output_sizes((h, w), kernel, stride, padding), c), x.dtype)
    argmax = np.empty(y.shape, argmax_dtype(kernel))
    _max_pool(np.ascontiguousarray(x), window(kernel, stride, padding), y, argmax, size=x.size)
    return y, argmax


def max_pool_backward(
    dy: Array, argmax: Array, size: Pair, kernel: Pair, stride: Pair, padding: Padding
) -> Array:
    n, _, _, c = dy.shape
    dx = np.empty((n, *size, c), dy.dtype)
    dy, argmax = np.ascontiguousarray(dy), np.ascontiguousarray(argmax)
    _max_pool_backward(dy, argmax, window(kernel, stride, padding), dx, size=dx.size)
    return dx


@Loop
def _average_pool(x, rows, columns, y):
    _, oh, ow, channels = y.shape
    for line in prange(len(y) * oh):
        image, i = line // oh, line % oh
        total = np.empty(channels, np.float64)
        for j in range(ow):
            out = y[image, i, j]
            out[:] = 0
            total[:] = 0
            pending = 0
            for r in range(rows[i, 0], rows[i, 1]):
                for s in range(columns[j, 0], columns[j, 1]):
                    if pending == FEW:
                        for c in range(channels):
                            total[c] += out[c]
                            out[c] = 0
                        pending = 0
                    for c in range(channels):
                        out[c] += x[image, r, s, c]
                    pending += 1
            scale = 1 / np.float64(rows[i, 2] * columns[j, 2])
            for c in range(channels):
                out[c] = (total[c] + out[c]) * scale


@Loop
def _average_pool_backward(dy, rows, columns, windows_of_row, windows_of_column, dx):
    _, h, width, channels = dx.shape
    for line in prange(len(dx) * h):
        image, r = line // h, line % h
        for s in range(width):
            out = dx[image, r, s]
            out[:] = 0
            for i in range(windows_of_row[r, 0], windows_of_row[r, 1]):
                for j in range(windows_of_column[s, 0], windows_of_column[s, 1]):
                    share = np.float32(1) / np.float32(rows[i, 2] * columns[j, 2])
                    for c in range(channels):
                        out[c] += dy[image, i, j, c] * share


def average_pool(x: Array, rows: Spans, columns: Spans) -> Array:
    n, _, _, c = x.shape
    y = np.empty((n, len(rows), len(columns), c), x.dtype)
    _average_pool(np.ascontiguousarray(x), np.array(rows), np.array(columns), y, size=x.size)
    return y


def average_pool_backward(dy: Array, rows: Spans, columns: Spans, size: Pair) -> Array:
    n, _, _, c = dy.shape
    dx = np.empty((n, *size, c), dy.dtype)
    i, j = np.array(rows), np.array(columns)
    covered = (_covering(i, size[0]), _covering(j, size[1]))
    _average_pool_backward(np.ascontiguousarray(dy), i, j, *covered, dx, size=dx.size)
    return dx


def _covering(spans: Array, size: int) -> Array:
    """For each pixel the windows [first, last) that it is in: their starts and stops ascend."""
    pixels = np.arange(size)
    first = np.searchsorted(spans[:, 1], pixels, side="right")
    last = np.searchsorted(spans[:, 0], pixels, side="right")
    return np.stack([first, last], axis=1)
