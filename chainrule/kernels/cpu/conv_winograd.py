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

from typing import NamedTuple

import numpy as np

from ...types import Array
from ..geometry import Padding, Pair, output_sizes
from . import packed, workers, workspace
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
FEW = 1 << 15  # pairs of channels of which several threads can have sums of their own
CACHE = 1 << 18  # numbers of transformed tiles that stay in a core's cache beside them
PARTS, SUMS = 16, 1 << 23  # the most parts of the tiles, and the most sums of all of them: 32 MB
PAIRS = 1 << 12  # pairs of channels whose weights are transformed at a time
LARGE = 1 << 17  # weights from which packing them is worth waking all threads
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
    return _convolved(dy, _transformed(w, rotated=True), around)


class _Weights(NamedTuple):
    """The transformed weights (36, C, O): packed, where ``packed`` serves this CPU."""

    u: Array
    outputs: int
    width: int  # of a product's rows

    def product(self, v: Array) -> Array:
        """m (36, tiles, width), whose first ``outputs`` columns are v (36, tiles, C) u."""
        m = workers.scratch("m", (*v.shape[:2], self.width))
        if not packed.available:
            return np.matmul(v, self.u, out=m)
        packed.multiply_each(v, self.u, self.outputs, m, size=0)
        return m


def _convolved(x: Array, u: _Weights, padding: Padding) -> Array:
    """y (N, OH, OW, O) from x (N, H, W, C) and the transformed weights."""
    n, h, width, channels = x.shape
    outputs = u.outputs
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
        m = u.product(v)
        half, edge = workers.scratch("half", (4, 6, u.width)), workers.scratch("edge", (4, u.width))
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
    count = n * tiling.rows * tiling.columns
    if packed.available and outputs % packed.LANES == 0 and channels * outputs <= FEW:
        return _weights_of(_summed_by_parts(lines, slopes, tiling, count, channels, outputs))
    du = np.zeros((POINTS, channels, outputs), dy.dtype)
    for span in _pieces(count, tiling, SPAN // (POINTS * (channels + outputs))):
        v = workspace.empty((POINTS, len(span), channels), x.dtype)
        m = workspace.empty((POINTS, len(span), outputs), x.dtype)
        _transform_both(lines, slopes, span, tiling, v, m)
        _add_products(v, m, du)
    return _weights_of(du)


def _summed_by_parts(
    lines: Array, slopes: Array, tiling: Tiling, count: int, channels: int, outputs: int
) -> Array:
    """du (36, C, O): each part of the tiles has sums of its own, so that no thread waits for
    another between a transform and its product."""
    pieces = _pieces(count, tiling, CACHE // (POINTS * (channels + outputs)))
    most = max(1, min(PARTS, len(pieces), SUMS // (POINTS * channels * outputs)))
    parts = 1 << (most.bit_length() - 1)  # evenly shared by two or four threads
    sums = workspace.empty((parts, POINTS, channels, outputs))

    def work(part: int) -> None:
        sums[part] = 0
        for tiles in pieces[part * len(pieces) // parts : (part + 1) * len(pieces) // parts]:
            v = workers.scratch("v", (POINTS, len(tiles), channels))
            m = workers.scratch("m", (POINTS, len(tiles), outputs))
            _data(lines, tiles, tiling, 0, v)
            _slopes(slopes, tiles, tiling, 0, m)
            packed.add_each_transposed(v, m, sums[part], size=0)

    workers.share(work, parts)
    du: Array = sums.sum(axis=0)
    return du


def _transform_both(
    lines: Array, slopes: Array, span: range, tiling: Tiling, v: Array, m: Array
) -> None:
    """v = Bᵀ d B and m = A dy Aᵀ for the tiles of ``span``."""
    pieces = _pieces(len(span), tiling, -(-len(span) // (2 * workers.threads())))

    def work(piece: int) -> None:
        offset, count = pieces[piece].start, len(pieces[piece])
        tiles = range(span.start + offset, span.start + offset + count)
        _data(lines, tiles, tiling, offset, v)
        _slopes(slopes, tiles, tiling, offset, m)

    workers.share(work, len(pieces))


def _add_products(v: Array, m: Array, du: Array) -> None:
    """du[p] += v[p]ᵀ m[p] for each point p"""
    group, outputs = max(1, POINTS // (3 * workers.threads())), m.shape[2]

    def work(piece: int) -> None:
        points = slice(piece * group, (piece + 1) * group)
        target = du[points]
        if packed.available and outputs % packed.LANES == 0:
            packed.add_each_transposed(v[points], m[points], target, size=0)
        else:
            product = workers.scratch("dw", target.shape)
            target += np.matmul(v[points].mT, m[points], out=product)

    workers.share(work, -(-POINTS // group))


def _data(lines: Array, tiles: range, tiling: Tiling, offset: int, v: Array) -> None:
    strips = workers.scratch("strips", (6, (4 * tiling.columns + 2) * v.shape[2]))
    zeros = workers.zeros(lines.shape[2])
    data_tiles(lines, tiling, tiles.start, len(tiles), offset, strips, zeros, v, size=0)


def _slopes(slopes: Array, tiles: range, tiling: Tiling, offset: int, m: Array) -> None:
    strips = workers.scratch("strips", (6, 4 * tiling.columns * m.shape[2]))
    zeros = workers.zeros(slopes.shape[2])
    gradient_tiles(slopes, tiling, tiles.start, len(tiles), offset, strips, zeros, m, size=0)


def _tiling(oh: int, ow: int, padding: Padding) -> Tiling:
    return Tiling(-(-oh // 4), -(-ow // 4), padding[0][0], padding[1][0])


def _pieces(tiles: int, tiling: Tiling, wanted: int) -> list[range]:
    """Ranges of about ``wanted`` tiles, of whole lines where a line is not longer than that."""
    line, step = tiling.columns, max(LEAST, wanted)
    step = step // line * line if step > line else step
    return [range(first, min(tiles, first + step)) for first in range(0, tiles, step)]


def _transformed(w: Array, *, rotated: bool = False) -> _Weights:
    """G w Gᵀ of every pair of channels; ``rotated``, that of the kernel of the gradient dx: turned
    by 180°, its inputs the outputs."""
    _, _, k, n = w.shape if not rotated else w.mT.shape
    width = packed.padded(n) if packed.available else n
    flat = _flat(w, rotated, k, width)
    u = workspace.empty((6, 6, k * width), w.dtype)

    def work(piece: int) -> None:
        start, stop = piece * PAIRS, min(k * width, (piece + 1) * PAIRS)
        weight_tiles(flat, rotated, start, stop, workers.scratch("w", (6, 3, PAIRS)), u, size=0)

    workers.share(work, -(-k * width // PAIRS))
    shape = (POINTS, k * width) if packed.available else (POINTS, k, n)
    return _Weights(u.reshape(shape), n, width)


def _flat(w: Array, transposed: bool, k: int, width: int) -> Array:
    """w, or its transpose, (3, 3, k · width) as its products will read it: the transform keeps the
    order of the pairs."""
    if not packed.available:
        return np.ascontiguousarray(w.mT if transposed else w).reshape(3, 3, k * width)
    w = np.ascontiguousarray(w).reshape(9, *w.shape[2:])
    if not transposed and width <= packed.COLUMNS and w.shape[2] == width:
        return w.reshape(3, 3, k * width)  # one panel
    flat = workspace.empty((9, k * width), w.dtype)

    def work(tap: int) -> None:
        packed.pack(w[tap], transposed, flat[tap], size=0)

    if w.size < LARGE:
        for tap in range(9):
            work(tap)
    else:
        workers.share(work, 9)
    return flat.reshape(3, 3, k * width)


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
