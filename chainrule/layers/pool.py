"""Pooling layers: a window of pixels becomes one, channel by channel. Nothing is learned."""

from __future__ import annotations

import math

from .. import kernels
from ..errors import InputError
from ..kernels.geometry import Padding, Pair, Spans, output_sizes
from ..types import Array, Shape
from .base import Layer
from .example import Example
from .operations import Operations
from .shapes import expect_image, expect_shape, expect_size
from .sizes import both_sides, expect_images, expect_windows, extent, pair


class MaxPool2d(Layer):
    """y[n, i, j, c] = max over a, b of x[n, i·s + a - p, j·s + b - p, c]

        x (N, H, W, C) · y (N, OH, OW, C) · OH = ⌊(H + 2p - kh) / s⌋ + 1, OW likewise

    dL/dx: the winner of each window receives its dy, the others nothing; a pixel that won in
    several windows receives the sum. Of equal pixels the first in row-major order wins. NaN is
    passed on.

    ``stride`` is the kernel size unless given; smaller ones make windows overlap. The padding
    never wins. ``ceil_mode`` rounds OH and OW up: a last window may stick out at the bottom or
    on the right, but must start on a pixel.

    InputError for an option that cannot be; ShapeError unless x is an image into which a window
    fits.

    Source: Riesenhuber and Poggio 1999, "Hierarchical models of object recognition in cortex".

    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0], [4.0, 3.0]]).reshape(1, 2, 2, 1)
    >>> y, cache = MaxPool2d(2).forward(x)
    >>> y.ravel().tolist(), MaxPool2d(2).backward(np.full_like(y, 7), cache).ravel().tolist()
    ([4.0], [0.0, 0.0, 7.0, 0.0])
    """

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
        *,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size = extent("kernel_size", kernel_size)
        self.stride = None if stride is None else extent("stride", stride)
        self.padding = _half(extent("padding", padding, least=0), self.kernel_size)
        self.ceil_mode = ceil_mode

    def forward(self, x: Array) -> tuple[Array, tuple[Array, Pair]]:
        _check(x, self)
        size = x.shape[1:3]
        y, argmax = kernels.of(x).max_pool(x, *windows(self, size))
        return y, (argmax, size)

    def backward(self, dy: Array, cache: tuple[Array, Pair]) -> Array:
        argmax, size = cache
        return kernels.of(dy).max_pool_backward(dy, argmax, size, *windows(self, size))

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        window = math.prod(pair(self.kernel_size))
        return Operations(window - 1, 1).times(math.prod(output))

    example = Example(side=4)

    def output_shape(self, x: Shape) -> Shape:
        return _pooled(self, x)


class AvgPool2d(Layer):
    """y[n, i, j, c] = Σ_{a, b} x[n, i·s + a - p, j·s + b - p, c] / count

        x (N, H, W, C) · y (N, OH, OW, C) · OH = ⌊(H + 2p - kh) / s⌋ + 1, OW likewise

    dL/dx: each pixel of a window receives dy / count; a pixel in several windows, the sum.

    ``count`` is the number of pixels in the window and of padding around them, or, with
    ``count_include_pad=False``, of pixels alone. ``stride`` is the kernel size unless given.
    ``ceil_mode`` rounds OH and OW up as in MaxPool2d; what sticks out beyond the padding is
    never counted.

    InputError for an option that cannot be; ShapeError unless x is an image into which a window
    fits.

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition".

    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0], [4.0, 3.0]]).reshape(1, 2, 2, 1)
    >>> y, cache = AvgPool2d(2).forward(x)
    >>> y.ravel().tolist(), AvgPool2d(2).backward(np.full_like(y, 8), cache).ravel().tolist()
    ([2.5], [2.0, 2.0, 2.0, 2.0])
    """

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
        *,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size = extent("kernel_size", kernel_size)
        self.stride = None if stride is None else extent("stride", stride)
        self.padding = _half(extent("padding", padding, least=0), self.kernel_size)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, x: Array) -> tuple[Array, Pair]:
        _check(x, self)
        size = x.shape[1:3]
        return kernels.of(x).average_pool(x, *self._spans(size)), size

    def backward(self, dy: Array, size: Pair) -> Array:
        return kernels.of(dy).average_pool_backward(dy, *self._spans(size), size)

    def _spans(self, size: Pair) -> tuple[Spans, Spans]:
        kernel, stride, padding = windows(self, size)
        options = (
            size,
            kernel,
            stride,
            pair(self.padding),
            output_sizes(size, kernel, stride, padding),
        )
        rows, columns = (self._along(*axis) for axis in zip(*options, strict=True))
        return rows, columns

    def _along(self, size: int, kernel: int, stride: int, padding: int, outputs: int) -> Spans:
        spans = []
        for start in range(-padding, -padding + outputs * stride, stride):
            stop = min(start + kernel, size + padding)
            first, last = max(start, 0), min(stop, size)
            spans.append((first, last, stop - start if self.count_include_pad else last - first))
        return spans

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        window = math.prod(pair(self.kernel_size))
        return Operations(window, window + 1).times(math.prod(output))

    example = Example(side=4)

    def output_shape(self, x: Shape) -> Shape:
        return _pooled(self, x)


class AdaptiveAvgPool2d(Layer):
    """The mean over OH·OW windows that share out the image, whatever its size.

    x (N, H, W, C) · y (N, OH, OW, C). Window i covers the rows from ⌊i H / OH⌋ to
    ⌈(i + 1) H / OH⌉: neighbors overlap by a row where OH does not divide H.

    dL/dx: each pixel of a window receives dy / count; a pixel in several windows, the sum.

    InputError for a size below 1; ShapeError unless x is an image.

    >>> import numpy as np
    >>> row = np.array([1.0, 2.0, 6.0])
    >>> AdaptiveAvgPool2d((1, 2))(row.reshape(1, 1, 3, 1)).ravel().tolist()
    [1.5, 4.0]
    """

    def __init__(self, output_size: int | Pair) -> None:
        self.output_size = extent("output_size", output_size)

    def forward(self, x: Array) -> tuple[Array, Pair]:
        expect_images(x)
        size = x.shape[1:3]
        return kernels.of(x).average_pool(x, *self._spans(size)), size

    def backward(self, dy: Array, size: Pair) -> Array:
        return kernels.of(dy).average_pool_backward(dy, *self._spans(size), size)

    def _spans(self, size: Pair) -> tuple[Spans, Spans]:
        rows, columns = (
            [_span(i * n // outputs, -(-(i + 1) * n // outputs)) for i in range(outputs)]
            for n, outputs in zip(size, pair(self.output_size), strict=True)
        )
        return rows, columns

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        """Every pixel added once (more where windows overlap, which is not counted)."""
        return Operations(1, 1).times(math.prod(inputs[0]) + math.prod(output))

    example = Example(side=4)

    def output_shape(self, x: Shape) -> Shape:
        return (*pair(self.output_size), expect_image(x)[2])


class GlobalAvgPool2d(Layer):
    """y[n, c] = mean over H and W of x[n, :, :, c]        x (N, H, W, C) · y (N, C)

    dL/dx: every pixel receives dy / (H W).

    ShapeError unless x is an image.

    Source: Lin et al. 2013, "Network in network".

    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0], [4.0, 3.0]]).reshape(1, 2, 2, 1)
    >>> GlobalAvgPool2d()(x).tolist()
    [[2.5]]
    """

    def forward(self, x: Array) -> tuple[Array, Pair]:
        expect_images(x)
        h, w = x.shape[1:3]
        return kernels.of(x).average_pool(x, [_span(0, h)], [_span(0, w)])[:, 0, 0], (h, w)

    def backward(self, dy: Array, size: Pair) -> Array:
        rows, columns = ([_span(0, n)] for n in size)
        return kernels.of(dy).average_pool_backward(dy[:, None, None], rows, columns, size)

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        return Operations(1, 1).times(math.prod(inputs[0]) + math.prod(output))

    def output_shape(self, x: Shape) -> Shape:
        return expect_image(x)[2:]


def _span(start: int, stop: int) -> tuple[int, int, int]:
    return start, stop, stop - start


def _half(padding: int | Pair, kernel: int | Pair) -> int | Pair:
    """``padding``, if no window can lie on it alone. InputError otherwise."""
    if any(2 * p > k for p, k in zip(pair(padding), pair(kernel), strict=True)):
        raise InputError(
            f"padding: expected at most half of the kernel size {kernel}, so that every window "
            f"holds a pixel, received {padding}"
        )
    return padding


def windows(layer: MaxPool2d | AvgPool2d, size: Pair) -> tuple[Pair, Pair, Padding]:
    """Kernel, stride, and the padding with what the last windows of ceil mode need below it."""
    kernel, padding = pair(layer.kernel_size), pair(layer.padding)
    stride = kernel if layer.stride is None else pair(layer.stride)
    if not layer.ceil_mode:
        return kernel, stride, both_sides(padding)
    ends = []
    for n, k, s, p in zip(size, kernel, stride, padding, strict=True):
        last = -(-(n + 2 * p - k) // s) * s  # where the last window starts, from the padding on
        if last >= n + p:
            last -= s
        ends.append(max(p, last + k - n - p))
    return kernel, stride, ((padding[0], ends[0]), (padding[1], ends[1]))


def _pooled(layer: MaxPool2d | AvgPool2d, x: Shape) -> Shape:
    h, w, c = expect_image(x)
    kernel, stride, padding = windows(layer, (h, w))
    expect_size((h + sum(padding[0]), w + sum(padding[1]), c))
    size = output_sizes((h, w), kernel, stride, padding)
    expect_shape(min(size) > 0, f"(N, H, W, C) that a window of {kernel} fits into", x)
    return (*size, c)


def _check(x: Array, layer: MaxPool2d | AvgPool2d) -> None:
    expect_images(x)
    _, stride, _ = windows(layer, x.shape[1:3])
    slack = (stride[0] - 1, stride[1] - 1) if layer.ceil_mode else (0, 0)
    expect_windows(x, layer.kernel_size, both_sides(layer.padding), slack=slack)
