"""Depthwise convolution, one kernel a channel: no matrix product, so no columns either.

Each tap multiplies a row of channels by a row of weights; the sums stay in registers and L1.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import prange

from ...types import Array
from ..geometry import Padding, Pair, output_sizes, window
from .loops import Loop

LINES = 8  # lines of the output whose weight gradients are summed in float32 before the total


@Loop
def _forward(x, w, window, y):
    kh, kw, sh, sw, top, left, dh, dw = window
    n, h, width, channels = x.shape
    _, oh, ow, _ = y.shape
    for line in prange(n * oh):
        image, i = line // oh, line % oh
        for j in range(ow):
            out = y[image, i, j]
            out[:] = 0
            for a in range(kh):
                r = i * sh - top + a * dh
                if 0 <= r < h:
                    for b in range(kw):
                        s = j * sw - left + b * dw
                        if 0 <= s < width:
                            for c in range(channels):
                                out[c] += x[image, r, s, c] * w[a, b, c]


@Loop
def _backward_input(dy, w, rows, columns, dx):
    n, h, width, channels = dx.shape
    kh, kw = rows.shape[1], columns.shape[1]
    for line in prange(n * h):
        image, r = line // h, line % h
        for s in range(width):
            out = dx[image, r, s]
            out[:] = 0
            for a in range(kh):
                i = rows[r, a]
                if i >= 0:
                    for b in range(kw):
                        j = columns[s, b]
                        if j >= 0:
                            for c in range(channels):
                                out[c] += dy[image, i, j, c] * w[a, b, c]


@Loop
def _backward_weight(dy, x, window, sums):
    kh, kw, sh, sw, top, left, dh, dw = window
    n, oh, ow, channels = dy.shape
    _, h, width, _ = x.shape
    for block in prange(len(sums)):
        for line in range(block * LINES, min(n * oh, (block + 1) * LINES)):
            image, i = line // oh, line % oh
            for a in range(kh):
                r = i * sh - top + a * dh
                if 0 <= r < h:
                    for b in range(kw):
                        total = sums[block, a, b]
                        for j in range(ow):
                            s = j * sw - left + b * dw
                            if 0 <= s < width:
                                for c in range(channels):
                                    total[c] += x[image, r, s, c] * dy[image, i, j, c]


def conv2d(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    oh, ow = output_sizes(x.shape[1:3], w.shape[:2], stride, padding, dilation)
    y = np.empty((len(x), oh, ow, w.shape[3]), x.dtype)
    taps = window(w.shape[:2], stride, padding, dilation)
    _forward(_contiguous(x), _contiguous(w[:, :, 0]), taps, y, size=y.size * w[..., 0].size)
    return y


def conv2d_backward_input(
    dy: Array, w: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int,
) -> Array:  # fmt: skip
    dx = np.empty((len(dy), *size, groups), dy.dtype)
    kh, kw, sh, sw, top, left, dh, dw = window(w.shape[:2], stride, padding, dilation)
    rows = _readers(size[0], dy.shape[1], kh, sh, top, dh)
    columns = _readers(size[1], dy.shape[2], kw, sw, left, dw)
    work = dy.size * w[..., 0].size
    _backward_input(_contiguous(dy), _contiguous(w[:, :, 0]), rows, columns, dx, size=work)
    return dx


@lru_cache(maxsize=256)
def _readers(size: int, outputs: int, taps: int, stride: int, before: int, dilation: int) -> Array:
    """The line of the output that reads line r of the input by tap a, or -1: int64 (size, taps).

    Told once for a line, for a division at each pixel and tap took as long as its sum.
    """
    place = np.arange(size)[:, None] + before - np.arange(taps) * dilation
    line, off = np.divmod(place, stride)
    return np.where((off == 0) & (line >= 0) & (line < outputs), line, -1)


def conv2d_backward_weight(
    dy: Array, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    blocks = -(-len(dy) * dy.shape[1] // LINES)
    sums = np.zeros((blocks, *kernel, groups), dy.dtype)
    taps = window(kernel, stride, padding, dilation)
    work = dy.size * kernel[0] * kernel[1]
    _backward_weight(_contiguous(dy), _contiguous(x), taps, sums, size=work)
    dw: Array = sums.sum(axis=0, dtype=np.float64).astype(dy.dtype)
    return dw[:, :, None]


def _contiguous(x: Array) -> Array:
    return np.ascontiguousarray(x)
