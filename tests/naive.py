"""Convolution and pooling as everyone first writes them: one loop for every axis, nothing clever.

The oracle of the array code in ``kernels/reference``, as that is of the compiled loops. Only for
images of a few pixels.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from chainrule.kernels.geometry import Padding, Pair
from chainrule.types import Array


def _inside(size: Pair, r: int, s: int) -> bool:
    return 0 <= r < size[0] and 0 <= s < size[1]


def _sizes(size: Pair, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair) -> Pair:
    """By trying: windows are placed until one sticks out of the padded image."""
    counts = []
    for n, k, s, (before, after), d in zip(size, kernel, stride, padding, dilation, strict=True):
        count = 0
        while count * s + d * (k - 1) < before + n + after:
            count += 1
        counts.append(count)
    return counts[0], counts[1]


def _meetings(w: Array, x: Array, outputs: Pair, stride, padding, dilation, groups):
    """Every (pixel of x, weight, output) that meet in a product, as index tuples."""
    kh, kw, c, o = w.shape
    for n, i, j, out, a, b, channel in product(
        range(len(x)),
        range(outputs[0]),
        range(outputs[1]),
        range(o),
        range(kh),
        range(kw),
        range(c),
    ):
        r = i * stride[0] + a * dilation[0] - padding[0][0]
        s = j * stride[1] + b * dilation[1] - padding[1][0]
        group = out // (o // groups)
        if _inside(x.shape[1:3], r, s):
            yield (n, r, s, group * c + channel), (a, b, channel, out), (n, i, j, out)


def conv2d(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    outputs = _sizes(x.shape[1:3], w.shape[:2], stride, padding, dilation)
    y = np.zeros((len(x), *outputs, w.shape[3]))
    for pixel, weight, out in _meetings(w, x, outputs, stride, padding, dilation, groups):
        y[out] += x[pixel] * w[weight]
    return y


def conv2d_backward(
    dy: Array,
    x: Array,
    w: Array,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> tuple[Array, Array]:
    """dx and dw: in every product each factor receives dy times the other."""
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for pixel, weight, out in _meetings(w, x, dy.shape[1:3], stride, padding, dilation, groups):
        dx[pixel] += dy[out] * w[weight]
        dw[weight] += dy[out] * x[pixel]
    return dx, dw


def max_pool(
    x: Array, dy: Array | None, kernel: Pair, stride: Pair, padding: Padding
) -> tuple[Array, Array]:
    """y, and dx for an upstream gradient ``dy`` (ones if None)."""
    n, h, w, c = x.shape
    outputs = _sizes((h, w), kernel, stride, padding, (1, 1))
    y, dx = np.empty((n, *outputs, c)), np.zeros(x.shape)
    for image, i, j, channel in product(range(n), *map(range, outputs), range(c)):
        best, winner = -np.inf, None
        for a, b in product(*map(range, kernel)):
            r, s = i * stride[0] + a - padding[0][0], j * stride[1] + b - padding[1][0]
            if _inside((h, w), r, s) and x[image, r, s, channel] > best:  # > : the first of equals
                best, winner = x[image, r, s, channel], (image, r, s, channel)
        y[image, i, j, channel] = best
        if winner is not None:
            dx[winner] += 1 if dy is None else dy[image, i, j, channel]
    return y, dx


def average_pool(
    x: Array, dy: Array, kernel: Pair, stride: Pair, padding: Pair, include_pad: bool
) -> tuple[Array, Array]:
    n, h, w, c = x.shape
    outputs = dy.shape[1:3]
    y, dx = np.empty((n, *outputs, c)), np.zeros(x.shape)
    for image, i, j, channel in product(range(n), *map(range, outputs), range(c)):
        pixels, count = [], 0
        for a, b in product(*map(range, kernel)):
            r, s = i * stride[0] + a - padding[0], j * stride[1] + b - padding[1]
            if _inside((h, w), r, s):
                pixels.append((image, r, s, channel))
            if r < h + padding[0] and s < w + padding[1]:
                count += 1
        count = count if include_pad else len(pixels)
        y[image, i, j, channel] = sum(x[p] for p in pixels) / count
        for p in pixels:
            dx[p] += dy[image, i, j, channel] / count
    return y, dx
