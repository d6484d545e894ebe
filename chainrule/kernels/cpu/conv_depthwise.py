"""Depthwise convolution, one kernel a channel: no matrix product, so no columns either.

Forward and the gradient of the input are one sum, over other tables of which line and column of
``x`` a tap (a, b) meets (-1: none, it lies in the padding):

    y[n, i, j, c] = Σ_{a, b} x[n, lines[i, a], columns[j, b], c] w[a, b, c]

Where a CPU has vectors and the channels fill them, the sums of a pixel stay in registers
(``depthwise_registers``); elsewhere a plain loop makes the same.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import prange

from ...types import Array
from ..geometry import Padding, Pair, output_sizes, window
from . import workspace
from .depthwise_registers import COLUMNS, LANES, along, available, gather
from .loops import Loop
from .products import address

_ZEROS = np.zeros(COLUMNS, np.float32)  # what the sums of a pixel begin with
LINES = 8  # lines of the output whose weight gradients are summed in float32 before the total


@Loop
def _sum_taps(x, w, lines, columns, y):
    n, oh, ow, channels = y.shape
    kh, kw = lines.shape[1], columns.shape[1]
    for line in prange(n * oh):
        image, i = line // oh, line % oh
        for j in range(ow):
            out = y[image, i, j]
            out[:] = 0
            for a in range(kh):
                r = lines[i, a]
                if r >= 0:
                    for b in range(kw):
                        s = columns[j, b]
                        if s >= 0:
                            for c in range(channels):
                                out[c] += x[image, r, s, c] * w[a, b, c]


@Loop
def _gather_taps(x, w, y, shape, lines, columns, patterns, zeros):
    """The same by addresses: x of images of ``shape`` (N, H, W, C).

    The table of a pixel's taps is written anew only where their pattern changes.
    """
    images, h, width, channels = shape
    oh, ow, kh, kw = len(lines), len(columns), lines.shape[1], columns.shape[1]
    pixel = 4 * channels
    for line in prange(images * oh):
        image, i = line // oh, line % oh
        table, taps, known = np.empty(2 * kh * kw, np.int64), 0, -1
        for j in range(ow):
            number, first = patterns[j, 0], patterns[j, 1]
            if number != known:
                known, taps = number, 0
                for a in range(kh):
                    for b in range(kw):
                        if lines[i, a] >= 0 and columns[j, b] >= 0:
                            table[2 * taps] = (lines[i, a] * width + columns[j, b] - first) * pixel
                            table[2 * taps + 1] = (a * kw + b) * pixel
                            taps += 1
            begin, out = x + (image * h * width + first) * pixel, y + (line * ow + j) * pixel
            for c in range(0, channels, COLUMNS):
                vectors = min(COLUMNS, channels - c) // LANES
                at = 4 * c
                gather(vectors, zeros, begin + at, w + at, table.ctypes.data, taps, out + at)


@Loop
def _sum_pixels(dy, x, lines, columns, sums):
    """sums (blocks, kh, kw, C): dw of LINES lines each"""
    n, oh, ow, channels = dy.shape
    kh, kw = lines.shape[1], columns.shape[1]
    for block in prange(len(sums)):
        for line in range(block * LINES, min(n * oh, (block + 1) * LINES)):
            image, i = line // oh, line % oh
            for a in range(kh):
                r = lines[i, a]
                if r >= 0:
                    for b in range(kw):
                        total = sums[block, a, b]
                        for j in range(ow):
                            s = columns[j, b]
                            if s >= 0:
                                for c in range(channels):
                                    total[c] += x[image, r, s, c] * dy[image, i, j, c]


@Loop
def _sum_along(dy, x, shape, lines, columns, stride, spans, sums):
    """The same by addresses: x of images of ``shape`` (N, H, W, C), outputs ``stride`` columns
    apart."""
    images, h, width, channels = shape
    oh, ow, kh, kw = len(lines), len(columns), lines.shape[1], columns.shape[1]
    pixel = 4 * channels
    for block in prange(len(sums)):
        for line in range(block * LINES, min(images * oh, (block + 1) * LINES)):
            image, i = line // oh, line % oh
            for a in range(kh):
                for b in range(kw):
                    first, count = spans[b, 0], spans[b, 1]
                    if lines[i, a] >= 0 and count > 0:
                        begin = (image * h + lines[i, a]) * width + columns[first, b]
                        left, right = x + begin * pixel, dy + (line * ow + first) * pixel
                        for c in range(0, channels, COLUMNS):
                            vectors, at = min(COLUMNS, channels - c) // LANES, 4 * c
                            along(
                                vectors, left + at, stride * pixel, right + at, pixel, count,
                                sums[block, a, b, c:].ctypes.data,
                            )  # fmt: skip


class Taps(NamedTuple):
    """Which numbers of x each output meets. All int64.

    lines     (OH, kh)  the line of x that tap a of line i meets, or -1
    columns   (OW, kw)  the same of columns
    patterns  (OW, 2)   which taps, how far apart: a number; and the first column that is met
    spans     (kw, 2)   the first output that meets something by tap b, and how many do
    """

    lines: Array
    columns: Array
    patterns: Array
    spans: Array


def conv2d(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    size = output_sizes(x.shape[1:3], w.shape[:2], stride, padding, dilation)
    return _sums(x, w, _taps(x.shape[1:3], size, w.shape[:2], stride, padding, dilation))


def conv2d_backward_input(
    dy: Array, w: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int,
) -> Array:  # fmt: skip
    outputs, kernel = dy.shape[1:3], w.shape[:2]
    return _sums(dy, w, _taps(size, outputs, kernel, stride, padding, dilation, backward=True))


def _sums(x: Array, w: Array, taps: Taps) -> Array:
    """y (N, OH, OW, C)"""
    x, w = np.ascontiguousarray(x), np.ascontiguousarray(w[:, :, 0])
    lines, columns, patterns, _ = taps
    y = workspace.empty((len(x), len(lines), len(columns), x.shape[3]), x.dtype)
    work = y.size * w[..., 0].size
    if _fills_vectors(x):
        places = address(x), address(w), address(y)
        _gather_taps(*places, x.shape, lines, columns, patterns, address(_ZEROS), size=work)
    else:
        _sum_taps(x, w, lines, columns, y, size=work)
    return y


def conv2d_backward_weight(
    dy: Array, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    taps = _taps(x.shape[1:3], dy.shape[1:3], kernel, stride, padding, dilation)
    dy, x = np.ascontiguousarray(dy), np.ascontiguousarray(x)
    sums = np.zeros((-(-len(dy) * dy.shape[1] // LINES), *kernel, groups), dy.dtype)
    work = dy.size * kernel[0] * kernel[1]
    if _fills_vectors(x):
        places, (lines, columns, _, spans) = (address(dy), address(x)), taps
        _sum_along(*places, x.shape, lines, columns, stride[1], spans, sums, size=work)
    else:
        _sum_pixels(dy, x, taps.lines, taps.columns, sums, size=work)
    dw: Array = sums.sum(axis=0, dtype=np.float64).astype(dy.dtype)
    return dw[:, :, None]


def _fills_vectors(x: Array) -> bool:
    return available and x.dtype == np.float32 and x.shape[3] % LANES == 0


@lru_cache(maxsize=256)
def _taps(
    inputs: Pair, outputs: Pair, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair,
    *, backward: bool = False,
) -> Taps:  # fmt: skip
    """Of a convolution of images of ``inputs`` (H, W) to ``outputs`` (OH, OW). ``backward``, of the
    gradient: dx meets by tap a what was made of it by tap a."""
    kh, kw, sh, sw, top, left, dh, dw = window(kernel, stride, padding, dilation)
    table = _readers if backward else _read
    lines = table(inputs[0], outputs[0], kh, sh, top, dh)
    columns = table(inputs[1], outputs[1], kw, sw, left, dw)
    met = columns >= 0
    first = np.where(met.any(axis=1), np.where(met, columns, columns.max()).min(axis=1), 0)
    relative = np.where(met, columns - first[:, None], -1)
    numbers = np.unique(relative, axis=0, return_inverse=True)[1].reshape(-1)
    spans = np.stack([met.argmax(axis=0), met.sum(axis=0)], axis=1)
    return Taps(lines, columns, np.stack([numbers, first], axis=1), spans)


def _read(size: int, outputs: int, taps: int, stride: int, before: int, dilation: int) -> Array:
    """The line of the input that output line i reads by tap a, or -1: (outputs, taps)."""
    line = np.arange(outputs)[:, None] * stride - before + np.arange(taps) * dilation
    return np.where((line >= 0) & (line < size), line, -1)


def _readers(size: int, outputs: int, taps: int, stride: int, before: int, dilation: int) -> Array:
    """The line of the output that reads line r of the input by tap a, or -1: (size, taps)."""
    place = np.arange(size)[:, None] + before - np.arange(taps) * dilation
    line, off = np.divmod(place, stride)
    return np.where((off == 0) & (line >= 0) & (line < outputs), line, -1)
