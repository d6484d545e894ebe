"""Winograd's convolution F(4x4, 3x3): 3x3 kernels, stride 1, with a quarter of the products.

Sixteen outputs that lie 4x4 need 16 · 9 = 144 products of numbers. They are also the coefficients
of a product of two polynomials, and those are fixed by its values at 6 x 6 points, which are 36
products, one of pixels by one of weights. Transforms that only add and scale lead there and back:

    y = Aᵀ [ (G w Gᵀ) ⊙ (Bᵀ d B) ] A          d 6x6 pixels · w 3x3 · y 4x4 outputs

Summed over channels, each of the 36 points is a matrix product, (tiles, C) @ (C, O). The points
are 0, 1, -1, 2, -2 and infinity. The transformed weights are made once, the tiles piece by piece:
a piece is transformed, multiplied and transformed back by one thread while it is in its cache.

The gradient by the weights is the transpose of the same algorithm, with the same points:

    dw = Gᵀ [ Σ_tiles (Bᵀ d B) ⊙ (A dy Aᵀ) ] G

and the gradient by the input is the convolution of dy with the rotated kernel.

The transformed numbers are larger than the results that they cancel to, so it is less exact than
plain sums: with data of unit variance and 1 to 512 channels, the largest error of y, dx and dw
against float64 is 1.1e-5 of the largest value, the mean one 3e-6 of the mean size.

Source: Lavin and Gray 2016, "Fast algorithms for convolutional neural networks"; Winograd 1980,
"Arithmetic complexity of computations".
"""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..geometry import Padding, Pair, output_sizes
from . import workers, workspace
from .winograd_tiles import (
    Tiling,
    data_tiles,
    gradient_tiles,
    result_tiles,
    weight_gradient,
    weight_tiles,
)

POINTS = 36
PIECE = 1 << 20  # numbers of a piece's transformed tiles, before and after the product: 4 MB
SPAN = 1 << 22  # numbers of transformed tiles that a weight gradient is summed over at once: 16 MB
PAIRS = 1 << 12  # pairs of channels whose weights are transformed at a time
LEAST = 64  # tiles of a piece: fewer make slow matrix products


def conv2d(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    return _convolved(x, _transformed(w), padding)


def conv2d_backward_input(
    dy: Array, w: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int,
) -> Array:  # fmt: skip
    (top, _), (left, _) = padding
    (oh, ow), above, before = dy.shape[1:3], 2 - top, 2 - left
    around = (above, size[0] - oh + top), (before, size[1] - ow + left)
    return _convolved(dy, _transformed(w, rotated=True).mT, around)


def _convolved(x: Array, u: Array, padding: Padding) -> Array:
    """y (N, OH, OW, O) from x (N, H, W, C) and the transformed weights u (36, C, O)."""
    n, h, width, channels = x.shape
    outputs = u.shape[2]
    oh, ow = output_sizes((h, width), (3, 3), (1, 1), padding)
    tiling = _tiling(oh, ow, padding)
    lines = np.ascontiguousarray(x).reshape(n, h, width * channels)
    y = workspace.empty((n, oh, ow, outputs), x.dtype)
    count = n * tiling.rows * tiling.columns
    pieces = _pieces(count, tiling, PIECE // (POINTS * (channels + outputs)))

    def work(piece: int) -> None:
        tiles = pieces[piece]
        v = workers.scratch("v", (POINTS, len(tiles), channels))
        _data(lines, tiles, tiling, 0, v)
        m = np.matmul(v, u, out=workers.scratch("m", (POINTS, len(tiles), outputs)))
        half, edge = workers.scratch("half", (4, 6, outputs)), workers.scratch("edge", (4, outputs))
        result_tiles(m, tiling, tiles.start, half, edge, y, size=0)

    workers.share(work, len(pieces))
    return y


def conv2d_backward_weight(
    dy: Array, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    n, h, width, channels = x.shape
    oh, ow, outputs = dy.shape[1:]
    tiling = _tiling(oh, ow, padding)
    lines = np.ascontiguousarray(x).reshape(n, h, width * channels)
    slopes = np.ascontiguousarray(dy).reshape(n, oh, ow * outputs)
    du = np.zeros((POINTS, channels, outputs), dy.dtype)
    count = n * tiling.rows * tiling.columns
    for span in _pieces(count, tiling, SPAN // (POINTS * (channels + outputs))):
        v = workspace.empty((POINTS, len(span), channels), x.dtype)
        m = workspace.empty((POINTS, len(span), outputs), x.dtype)
        _transform_both(lines, slopes, span, tiling, v, m)
        _add_products(v, m, du)
    return _weights_of(du)


def _transform_both(
    lines: Array, slopes: Array, span: range, tiling: Tiling, v: Array, m: Array
) -> None:
    """v = Bᵀ d B and m = A dy Aᵀ for the tiles of ``span``."""
    scratch, zeros = 4 * tiling.columns * m.shape[2], slopes.shape[2]
    pieces = _pieces(len(span), tiling, -(-len(span) // (2 * workers.threads())))

    def work(piece: int) -> None:
        offset, count = pieces[piece].start, len(pieces[piece])
        first = span.start + offset
        _data(lines, range(first, first + count), tiling, offset, v)
        strips, outside = workers.scratch("strips", (6, scratch)), workers.zeros(zeros)
        gradient_tiles(slopes, tiling, first, count, offset, strips, outside, m, size=0)

    workers.share(work, len(pieces))


def _add_products(v: Array, m: Array, du: Array) -> None:
    """du[p] += v[p]ᵀ m[p] for each point p"""
    group = max(1, POINTS // (3 * workers.threads()))

    def work(piece: int) -> None:
        points = slice(piece * group, (piece + 1) * group)
        target = du[points]
        product = np.matmul(v[points].mT, m[points], out=workers.scratch("dw", target.shape))
        target += product

    workers.share(work, -(-POINTS // group))


def _data(lines: Array, tiles: range, tiling: Tiling, offset: int, v: Array) -> None:
    strips = workers.scratch("strips", (6, (4 * tiling.columns + 2) * v.shape[2]))
    zeros = workers.zeros(lines.shape[2])
    data_tiles(lines, tiling, tiles.start, len(tiles), offset, strips, zeros, v, size=0)


def _tiling(oh: int, ow: int, padding: Padding) -> Tiling:
    return Tiling(-(-oh // 4), -(-ow // 4), padding[0][0], padding[1][0])


def _pieces(tiles: int, tiling: Tiling, wanted: int) -> list[range]:
    """Ranges of about ``wanted`` tiles, of whole lines where a line is not longer than that."""
    line, step = tiling.columns, max(LEAST, wanted)
    step = step // line * line if step > line else step
    return [range(first, min(tiles, first + step)) for first in range(0, tiles, step)]


def _transformed(w: Array, *, rotated: bool = False) -> Array:
    """G w Gᵀ of every pair of channels: (36, C, O)"""
    _, _, channels, outputs = w.shape
    pairs = channels * outputs
    flat = np.ascontiguousarray(w).reshape(3, 3, pairs)
    u = workspace.empty((6, 6, pairs), w.dtype)

    def work(piece: int) -> None:
        start, stop = piece * PAIRS, min(pairs, (piece + 1) * PAIRS)
        weight_tiles(flat, rotated, start, stop, workers.scratch("w", (6, 3, PAIRS)), u, size=0)

    workers.share(work, -(-pairs // PAIRS))
    return u.reshape(POINTS, channels, outputs)


def _weights_of(du: Array) -> Array:
    """Gᵀ du G of every pair of channels: (3, 3, C, O)"""
    _, channels, outputs = du.shape
    pairs = channels * outputs
    flat = du.reshape(6, 6, pairs)
    dw = np.empty((3, 3, pairs), du.dtype)

    def work(piece: int) -> None:
        start, stop = piece * PAIRS, min(pairs, (piece + 1) * PAIRS)
        weight_gradient(flat, start, stop, workers.scratch("w", (3, 6, PAIRS)), dw, size=0)

    workers.share(work, -(-pairs // PAIRS))
    return dw.reshape(3, 3, channels, outputs)
