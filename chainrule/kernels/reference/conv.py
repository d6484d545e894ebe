"""Convolution, from which everything follows: cut out windows, multiply by a matrix.

A window of the image, kh · kw pixels of C channels, is written out as one row of numbers. The
kernels of all O outputs are the columns of one matrix. So the convolution of a whole batch is
one matrix product:

    columns (N·OH·OW, kh·kw·C)  @  w (kh·kw·C, O)  =  y (N·OH·OW, O)

Both gradients are convolutions again:

    dw    each weight met one number in every window:      columnsᵀ @ dy
    dx    pixel p met tap a in the window that starts at p - a: the same taps, walked backwards.
          So dy is convolved with the kernel rotated by 180°, its inputs and outputs exchanged.

The columns repeat each pixel kh · kw times. They are rebuilt for the backward pass, not kept.

With groups, channels and outputs are cut into G slices that do not see each other: G such
products, stacked along a first axis. G = C = O is the depthwise convolution, whose factors are
float32 in every precision.

x (N, H, W, C) · w (kh, kw, C/G, O) · y, dy (N, OH, OW, O). The image gets a ``padding``
of zeros; windows start ``stride`` s pixels apart, and their taps lie ``dilation`` d apart.

Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning".
"""

from __future__ import annotations

from ...types import Array
from ..geometry import Padding, Pair, dilated_extent, exchange, is_depthwise
from .rounding import multiply
from .windows import crop, pad, spread, windows

__all__ = ["conv2d", "conv2d_backward_input", "conv2d_backward_weight"]


def conv2d(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    """y[n, i, j, o] = Σ_{a, b, c} x[n, i·s + a·d, j·s + b·d, c] w[a, b, c, o]"""
    kh, kw, _, outputs = w.shape
    views = windows(pad(x, padding), (kh, kw), stride, dilation)
    matrices = w.reshape(-1, groups, outputs // groups).swapaxes(0, 1)
    y = _multiply(_columns(views, groups), matrices, is_depthwise(w.shape, groups))
    return y.swapaxes(0, 1).reshape(*views.shape[:3], outputs)


def conv2d_backward_weight(
    dy: Array, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    """dw[a, b, c, o] = Σ_{n, i, j} x[n, i·s + a·d, j·s + b·d, c] dy[n, i, j, o]"""
    n, oh, ow, outputs = dy.shape
    views = windows(pad(x, padding), kernel, stride, dilation)
    dy = dy.reshape(n * oh * ow, groups, outputs // groups).swapaxes(0, 1)
    shape = (*kernel, x.shape[3] // groups, outputs)
    dw = _multiply(_columns(views, groups).swapaxes(1, 2), dy, is_depthwise(shape, groups))
    return dw.swapaxes(0, 1).reshape(shape)


def conv2d_backward_input(
    dy: Array, w: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int,
) -> Array:  # fmt: skip
    """dx (N, H, W, C), the image's ``size`` (H, W) being given.

    dy is laid out with its pixels ``stride`` apart and a padding that lets every tap of the rotated
    kernel reach every pixel; the windows start one pixel apart.
    """
    kh, kw = (dilated_extent(k, d) - 1 for k, d in zip(w.shape[:2], dilation, strict=True))
    h, width = size[0] + sum(padding[0]), size[1] + sum(padding[1])
    apart = spread(dy, (h + kh, width + kw), (kh, kw), stride)
    rotated = exchange(w[::-1, ::-1], groups)
    return crop(conv2d(apart, rotated, (1, 1), ((0, 0), (0, 0)), dilation, groups), padding)


def _multiply(a: Array, b: Array, depthwise: bool) -> Array:
    y: Array = a @ b if depthwise else multiply(a, b)
    return y


def _columns(views: Array, groups: int) -> Array:
    """Windows (N, OH, OW, C, kh, kw) as one row each: (G, N·OH·OW, kh·kw·C/G)."""
    n, oh, ow, c, kh, kw = views.shape
    by_group = views.reshape(n, oh, ow, groups, c // groups, kh, kw)
    rows = by_group.transpose(3, 0, 1, 2, 5, 6, 4)
    return rows.reshape(groups, n * oh * ow, kh * kw * (c // groups))
