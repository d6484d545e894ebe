"""The general convolution: columns by a compiled loop, products by BLAS.

The columns of a whole batch would be kh · kw times as large as the batch. They are made for a
block of output lines at a time, so that the product finds them in cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numba import prange

from ...types import Array
from ..geometry import Padding, Pair, exchange, output_sizes, reach
from .loops import Loop

BLOCK = 1 << 19  # numbers in a block of columns: 2 MB


@Loop
def _fill(x, first, oh, ow, kh, runs, run, step, sh, sw, top, left, dh, columns):
    """columns[g, row] = the window of output pixel ``row``, counted from line ``first``.

    A window is kh · runs pieces of ``run`` neighbouring numbers, pieces ``step`` numbers apart:
    a whole row of the window where its pixels are neighbours, else the group's channels of one
    pixel. ``left`` and ``sw`` are counted in numbers, too.
    """
    _, h, line_length = x.shape
    groups, rows, _ = columns.shape
    for line in prange(rows // ow):
        image, i = (first + line) // oh, (first + line) % oh
        for j in range(ow):
            for g in range(groups):
                out = columns[g, line * ow + j]
                at = 0
                for a in range(kh):
                    r = i * sh - top + a * dh
                    for b in range(runs):
                        start = j * sw - left + b * step + g * run
                        low = min(run, max(0, -start))
                        high = max(low, min(run, line_length - start))
                        row = r
                        if not 0 <= r < h:
                            low, high, row = run, run, 0
                        piece = out[at : at + run]
                        piece[:low] = 0
                        piece[high:] = 0
                        inside = piece[low:high]
                        source = x[image, row, start + low : start + high]
                        for k in range(inside.size):
                            inside[k] = source[k]
                        at += run


@Loop
def _gather(columns, oh, ow, kh, kw, sh, sw, top, left, dh, dw, dx):
    """The reverse: each pixel of dx collects from every window that it was in."""
    n, h, width, _ = dx.shape
    groups, _, length = columns.shape
    c = length // (kh * kw)
    for line in prange(n * h):
        image, r = line // h, line % h
        for s in range(width):
            out = dx[image, r, s]
            out[:] = 0
            for a in range(kh):
                i, off_i = divmod(r + top - a * dh, sh)
                if off_i == 0 and 0 <= i < oh:
                    for b in range(kw):
                        j, off_j = divmod(s + left - b * dw, sw)
                        if off_j == 0 and 0 <= j < ow:
                            row, at = (image * oh + i) * ow + j, (a * kw + b) * c
                            for g in range(groups):
                                total = out[g * c : (g + 1) * c]
                                piece = columns[g, row, at : at + c]
                                for k in range(total.size):
                                    total[k] += piece[k]


def conv2d(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    kernel, outputs = w.shape[:2], w.shape[3]
    oh, ow = output_sizes(x.shape[1:3], kernel, stride, padding, dilation)
    y = np.empty((len(x) * oh * ow, outputs), x.dtype)
    matrices = _matrices(w, groups)
    for rows, columns in _blocks(x, kernel, (oh, ow), stride, padding, dilation, groups):
        np.matmul(columns, matrices, out=_by_group(y[rows], groups))
    return y.reshape(len(x), oh, ow, outputs)


def conv2d_backward_weight(
    dy: Array, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    n, oh, ow, outputs = dy.shape
    c = x.shape[3] // groups
    pixels = dy.reshape(n * oh * ow, outputs)
    dw = np.zeros((groups, math.prod(kernel) * c, outputs // groups), dy.dtype)
    for rows, columns in _blocks(x, kernel, (oh, ow), stride, padding, dilation, groups):
        dw += columns.swapaxes(1, 2) @ _by_group(pixels[rows], groups)
    return dw.swapaxes(0, 1).reshape(*kernel, c, outputs)


def conv2d_backward_input(
    dy: Array,
    w: Array,
    size: Pair,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> Array:
    """The convolution of dy with the rotated kernel, or columns of dx gathered to their pixels.

    The first needs stride 1. The second is twice as fast for the 3 channels of pictures.
    """
    n, oh, ow, outputs = dy.shape
    kh, kw, c, _ = w.shape
    (top, _), (left, _) = padding
    above, before = reach(kh, dilation[0]) - top, reach(kw, dilation[1]) - left
    if stride == (1, 1) and min(above, before) >= 0 and 4 * c * groups > outputs:
        rim = (above, size[0] - oh + top), (before, size[1] - ow + left)
        return conv2d(dy, exchange(w[::-1, ::-1], groups), stride, rim, dilation, groups)
    matrices = _matrices(w, groups).swapaxes(1, 2)
    dx = np.empty((n, *size, c * groups), dy.dtype)
    per_block = max(1, BLOCK // max(1, oh * ow * kh * kw * c * groups))
    for first in range(0, n, per_block):
        images = slice(first, first + per_block)
        pixels = dy[images].reshape(-1, outputs)
        columns = np.matmul(_by_group(pixels, groups), matrices)
        geometry = (oh, ow, kh, kw, *stride, top, left, *dilation)
        _gather(columns, *geometry, dx[images], size=columns.size)
    return dx


def _blocks(
    x: Array,
    kernel: Pair,
    size: Pair,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> Iterator[tuple[slice, Array]]:
    """(rows of the output, their columns (G, rows, kh·kw·C/G)), block after block.

    The columns are overwritten by the next block.
    """
    n, h, width, channels = x.shape
    (kh, kw), (oh, ow) = kernel, size
    c = channels // groups
    whole_rows = dilation[1] == groups == 1
    runs, run = (1, kw * c) if whole_rows else (kw, c)
    geometry = (
        oh, ow, kh, runs, run, dilation[1] * channels, stride[0], stride[1] * channels,
        padding[0][0], padding[1][0] * channels, dilation[0],
    )  # fmt: skip
    length = kh * kw * c
    lines = min(n * oh, max(1, BLOCK // (ow * length * groups)))
    buffer = np.empty(groups * lines * ow * length, x.dtype)
    pixels = np.ascontiguousarray(x).reshape(n, h, width * channels)
    for first in range(0, n * oh, lines or 1):
        rows = min(lines, n * oh - first) * ow
        columns = buffer[: groups * rows * length].reshape(groups, rows, length)
        _fill(pixels, first, *geometry, columns, size=columns.size)
        yield slice(first * ow, first * ow + rows), columns


def _matrices(w: Array, groups: int) -> Array:
    """w (kh, kw, C/G, O) as one matrix a group: (G, kh·kw·C/G, O/G)."""
    return w.reshape(-1, groups, w.shape[3] // groups).swapaxes(0, 1)


def _by_group(pixels: Array, groups: int) -> Array:
    """A view (rows, O) -> (G, rows, O/G)."""
    rows, outputs = pixels.shape
    return pixels.reshape(rows, groups, outputs // groups).swapaxes(0, 1)
