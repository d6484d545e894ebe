"""Arguments for the kernels of convolution and pooling; ``cases.py`` has all others.

The options are drawn, so that the drawn shapes meet strides, dilations, groups and rims.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.kernels.geometry import Padding, Pair, Spans, output_sizes
from chainrule.kernels.reference.pool import argmax_dtype
from chainrule.types import Array

Arguments = tuple[Any, ...]
Shape = tuple[int, ...]


def _normal(rng: np.random.Generator, shape: Shape) -> Array:
    return rng.standard_normal(shape, np.float32)


def _image(rng: np.random.Generator, shape: Shape) -> Array:
    """Any shape as (N, H, W, C)."""
    return _normal(rng, (1,) * (4 - len(shape)) + shape)


def _pair(rng: np.random.Generator, low: int, high: int) -> Pair:
    return int(rng.integers(low, high + 1)), int(rng.integers(low, high + 1))


def _convolution(rng: np.random.Generator, shape: Shape) -> tuple[Array, Array, Arguments, Shape]:
    """x, w, (stride, padding, dilation, groups), the shape of y."""
    x = _image(rng, shape)
    size, channels = x.shape[1:3], x.shape[3]
    kernel, stride, dilation = _pair(rng, 1, 3), _pair(rng, 1, 2), _pair(rng, 1, 2)
    padding: Padding = (_pair(rng, 0, 3), _pair(rng, 0, 3))
    while min(output_sizes(size, kernel, stride, padding, dilation)) < 1:
        padding = ((padding[0][0] + 1, padding[0][1]), (padding[1][0] + 1, padding[1][1]))
    if rng.random() < 0.3:
        stride = (1, 1)
    if rng.random() < 0.1:
        kernel, stride, padding = (1, 1), (1, 1), ((0, 0), (0, 0))
    groups = int(rng.choice([g for g in (1, 2, 3, channels) if channels % g == 0]))
    outputs = channels if groups > 3 else groups * int(rng.integers(1, 4))
    w = _normal(rng, (*kernel, channels // groups, outputs))
    sizes = output_sizes(size, kernel, stride, padding, dilation)
    return x, w, (stride, padding, dilation, groups), (len(x), *sizes, outputs)


def conv2d(rng: np.random.Generator, shape: Shape) -> Arguments:
    x, w, options, _ = _convolution(rng, shape)
    return x, w, *options


def conv2d_backward_input(rng: np.random.Generator, shape: Shape) -> Arguments:
    x, w, options, result = _convolution(rng, shape)
    return _normal(rng, result), w, x.shape[1:3], *options


def conv2d_backward_weight(rng: np.random.Generator, shape: Shape) -> Arguments:
    x, w, options, result = _convolution(rng, shape)
    return _normal(rng, result), x, w.shape[:2], *options


def reflect_pad(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _image(rng, shape)
    h, w = (min(4, n) for n in x.shape[1:3])
    return x, (tuple(rng.integers(0, h, 2).tolist()), tuple(rng.integers(0, w, 2).tolist()))


def reflect_pad_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    x, padding = reflect_pad(rng, shape)
    n, h, w, c = x.shape
    return _normal(rng, (n, h + sum(padding[0]), w + sum(padding[1]), c)), padding


def max_pool(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _image(rng, shape)
    kernel, stride = _pair(rng, 1, 3), _pair(rng, 1, 3)
    padding = tuple((k // 2, k // 2 + int(rng.integers(2))) for k in kernel)
    return x.round(1), kernel, stride, padding  # rounded: some are equal


def max_pool_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    x, kernel, stride, padding = max_pool(rng, shape)
    n, h, w, c = x.shape
    dy = _normal(rng, (n, *output_sizes((h, w), kernel, stride, padding), c))
    argmax = rng.integers(kernel[0] * kernel[1], size=dy.shape).astype(argmax_dtype(kernel))
    return dy, argmax, (h, w), kernel, stride, padding


def _spans(rng: np.random.Generator, size: int) -> Spans:
    """Windows whose starts and stops ascend, some of them overlapping, with any counts."""
    outputs = int(rng.integers(1, min(size, 50) + 1))
    starts = np.sort(rng.integers(0, size, outputs))
    stops = np.maximum.accumulate(np.minimum(size, starts + rng.integers(1, 4, outputs)))
    return [(int(a), int(b), int(rng.integers(1, 9))) for a, b in zip(starts, stops, strict=True)]


def average_pool(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _image(rng, shape)
    return x, _spans(rng, x.shape[1]), _spans(rng, x.shape[2])


def average_pool_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    x, rows, columns = average_pool(rng, shape)
    n, h, w, c = x.shape
    return _normal(rng, (n, len(rows), len(columns), c)), rows, columns, (h, w)


IMAGE_CASES: dict[str, Callable[[np.random.Generator, Shape], Arguments]] = {
    f.__name__: f
    for f in (
        conv2d,
        conv2d_backward_input,
        conv2d_backward_weight,
        reflect_pad,
        reflect_pad_backward,
        max_pool,
        max_pool_backward,
        average_pool,
        average_pool_backward,
    )
}
