"""The general convolution: columns by a compiled loop, and products of them.

The columns of a whole batch would be kh · kw times as large as the batch. They are made for a
piece of the output at a time, so that the product finds them in cache; see ``workers``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import prange

from ...types import Array
from ..geometry import Padding, Pair, dilated_extent, exchange, output_sizes, window
from . import workers, workspace
from .loops import Loop
from .products import Factors, add_products

PIECE = 1 << 18  # numbers in a piece's columns: 1 MB
SUMS = 1 << 23  # numbers in the partial sums of a weight gradient, at most: 32 MB


class Runs(NamedTuple):
    """A window as ``kh * per_row`` runs of ``length`` neighboring numbers, ``step`` numbers apart.

    A run is a whole row of the window where its pixels are neighbors, else the group's channels of
    one pixel. ``left`` and ``sw`` are counted in numbers, too.
    """

    kh: int
    per_row: int
    length: int
    step: int
    sh: int
    sw: int
    top: int
    left: int
    dh: int


@Loop
def _fill(x, first, size, runs, columns):
    """columns[g, row] = the window of output pixel ``row``, counted from line ``first``.

    x (N, H, W·C) · ``size`` (OH, OW)
    """
    oh, ow = size
    kh, per_row, length, step, sh, sw, top, left, dh = runs
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
                    for b in range(per_row):
                        start = j * sw - left + b * step + g * length
                        low = min(length, max(0, -start))
                        high = max(low, min(length, line_length - start))
                        row = r
                        if not 0 <= r < h:
                            low, high, row = length, length, 0
                        piece = out[at : at + length]
                        piece[:low] = 0
                        piece[high:] = 0
                        inside = piece[low:high]
                        source = x[image, row, start + low : start + high]
                        for k in range(inside.size):
                            inside[k] = source[k]
                        at += length


@Loop
def _gather(columns, size, window, dx):
    """The reverse: each pixel of dx collects from every window that it was in."""
    oh, ow = size
    kh, kw, sh, sw, top, left, dh, dw = window
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
    windows = _Windows(x, w.shape[:2], stride, padding, dilation, groups)
    y = workspace.empty((windows.rows, w.shape[3]), x.dtype)
    factors = Factors(_matrices(w, groups))

    def work(piece: int) -> None:
        rows = windows.pieces[piece]
        factors.products(windows.columns(rows), _by_group(y[rows], groups))

    workers.share(work, len(windows.pieces))
    return y.reshape(len(x), *windows.size, w.shape[3])


def conv2d_backward_weight(
    dy: Array, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    """The pieces are summed in a few parts that depend on shapes only, then the parts."""
    windows = _Windows(x, kernel, stride, padding, dilation, groups)
    outputs, c = dy.shape[3], x.shape[3] // groups
    pixels = np.ascontiguousarray(dy).reshape(windows.rows, outputs)
    shape = groups, math.prod(kernel) * c, outputs // groups
    parts = min(32, SUMS // max(1, math.prod(shape)), len(windows.pieces))
    parts = 1 << max(0, parts.bit_length() - 1)  # a power of two: threads get equally many
    sums = np.zeros((parts, *shape), dy.dtype)

    def work(part: int) -> None:
        for rows in windows.pieces[part::parts]:
            columns = windows.columns(rows).mT
            add_products(columns, _by_group(pixels[rows], groups), sums[part])

    workers.share(work, parts)
    dweight: Array = sums.sum(axis=0).swapaxes(0, 1).reshape(*kernel, c, outputs)
    return dweight


def conv2d_backward_input(
    dy: Array, w: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int,
) -> Array:  # fmt: skip
    """The convolution of dy with the rotated kernel, or columns of dx gathered to their pixels.

    The first needs stride 1. The second is twice as fast for the 3 channels of images.
    """
    n, oh, ow, outputs = dy.shape
    kh, kw, c, _ = w.shape
    (top, _), (left, _) = padding
    above = dilated_extent(kh, dilation[0]) - 1 - top
    before = dilated_extent(kw, dilation[1]) - 1 - left
    if stride == (1, 1) and min(above, before) >= 0 and 4 * c * groups > outputs:
        around = (above, size[0] - oh + top), (before, size[1] - ow + left)
        return conv2d(dy, exchange(w[::-1, ::-1], groups), stride, around, dilation, groups)
    factors = Factors(_matrices(w, groups).mT)
    dy = np.ascontiguousarray(dy)
    dx = workspace.empty((n, *size, c * groups), dy.dtype)
    taps = window((kh, kw), stride, padding, dilation)
    step = max(1, PIECE // max(1, oh * ow * kh * kw * c * groups))  # whole images

    def work(piece: int) -> None:
        images = slice(piece * step, (piece + 1) * step)
        pixels = dy[images].reshape(-1, outputs)
        columns = workers.scratch("columns", (groups, len(pixels), kh * kw * c))
        factors.products(_by_group(pixels, groups), columns)
        _gather(columns, (oh, ow), taps, dx[images], size=0)

    workers.share(work, -(-n // step))
    return dx


class _Windows:
    """The windows of x as rows of columns: N·OH·OW rows of kh·kw·C/G numbers for each group."""

    def __init__(
        self, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int,
    ) -> None:  # fmt: skip
        n, h, width, channels = x.shape
        (kh, kw), c = kernel, channels // groups
        self.size = oh, ow = output_sizes((h, width), kernel, stride, padding, dilation)
        self.rows = n * oh * ow
        self.groups, self.length = groups, kh * kw * c
        whole_rows = dilation[1] == groups == 1
        self._runs = Runs(
            kh, *((1, kw * c) if whole_rows else (kw, c)), dilation[1] * channels,
            stride[0], stride[1] * channels, padding[0][0], padding[1][0] * channels, dilation[0],
        )  # fmt: skip
        self._pixels = np.ascontiguousarray(x).reshape(n, h, width * channels)
        step = max(1, PIECE // (ow * self.length * groups)) * ow  # whole lines of the output
        self.pieces = [
            slice(first, min(self.rows, first + step)) for first in range(0, self.rows, step)
        ]

    def columns(self, rows: slice) -> Array:
        """(G, rows, kh·kw·C/G), to be used before the thread asks for the next ones."""
        shape = self.groups, rows.stop - rows.start, self.length
        columns = workers.scratch("columns", shape)
        _fill(self._pixels, rows.start // self.size[1], self.size, self._runs, columns, size=0)
        return columns


def _matrices(w: Array, groups: int) -> Array:
    """w (kh, kw, C/G, O) as one matrix a group: (G, kh·kw·C/G, O/G)."""
    return w.reshape(-1, groups, w.shape[3] // groups).swapaxes(0, 1)


def _by_group(pixels: Array, groups: int) -> Array:
    """A view (rows, O) -> (G, rows, O/G)."""
    rows, outputs = pixels.shape
    return pixels.reshape(rows, groups, outputs // groups).swapaxes(0, 1)
