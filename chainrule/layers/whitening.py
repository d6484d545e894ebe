"""The convolution that whitens: its filters are measured on the training images, not learned."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .. import kernels, require
from ..device import beside, on_host
from ..errors import InputError
from ..initializers import zeros
from ..types import Array, Shape
from .base import Layer, expect, expect_native
from .conv import NONE
from .example import Example
from .operations import Operations
from .shapes import expect_image, expect_shape
from .sizes import expect_windows, pair
from .variables import Buffer, Parameter

CHUNK = 1 << 22
"""Values of patches that are multiplied at a time: 16 MiB of float32."""

PLAIN = (1, 1), NONE, (1, 1), 1
"""Stride, padding, dilation and groups."""


class WhiteningConv2d(Layer):
    """y[n, i, j, o] = Σ_{a, b, c} x[n, i + a, j + b, c] w[a, b, c, o] + bias[o]

        x (N, H, W, C) · w (k, k, C, O) · bias (O,) · y (N, H-k+1, W-k+1, O) · O = 2 k² C

    The filters w are vᵢ / √(λᵢ + ε) and their negatives, where λᵢ and vᵢ are eigenvalues, the
    largest first, and eigenvectors of E[p pᵀ] over all patches p (k² C) of the training images:
    without bias and at ε = 0 the first half of the outputs is uncorrelated, of mean square 1.
    ``fit`` measures them; a `Trainer` calls it before its first step, as it does for `Normalize`.
    They are a buffer, which is saved with the model and not trained. Before, they are those of
    pixels without correlation: 1 for one value of a patch, or -1.

    dL/dbias[o] = Σ_{n, i, j} dy[n, i, j, o]        dL/dx is that of the convolution

    InputError for an option that cannot be; ShapeError unless x is an image of ``in_channels``
    channels, in the dtype of the filters, that the kernel fits into.

    Source: Coates and Ng 2012, "Learning feature representations with k-means", for whitened
    patches; Page 2019, "How to train your ResNet 8: bag of tricks", for the frozen convolution;
    Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU", for filters of both signs.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((20, 8, 8, 1), np.float32).cumsum(axis=2)
    >>> layer = WhiteningConv2d(1, 2, bias=False).init(0)
    >>> layer.fit(x)
    >>> y = layer(x).reshape(-1, 8)[:, :4]
    >>> (abs(y.T @ y / len(y) - np.eye(4)) < 0.01).all().item()
    True
    """

    bias: Parameter | None = None

    def __init__(
        self, in_channels: int, kernel_size: int = 2, *, eps: float = 5e-4, bias: bool = True
    ) -> None:
        require.integer(1, in_channels=in_channels, kernel_size=kernel_size)
        require.positive(eps=eps)
        self.in_channels, self.kernel_size = int(in_channels), int(kernel_size)
        self.eps = float(eps)
        values = self.kernel_size**2 * self.in_channels
        shape = (self.kernel_size, self.kernel_size, self.in_channels, 2 * values)
        self.weight = Buffer(shape, _of_white_pixels)
        self.fitted = Buffer((), _false, np.bool_)
        if bias:
            self.bias = Parameter(shape[-1:], zeros, decay=False)

    def fit(self, x: Array) -> None:
        """Measure the filters on ``x`` (N, H, W, C), what the layer is given of training images.

        InputError without an image, and for numbers that are not finite.
        """
        self._check(x)
        x = on_host(x)
        if not len(x) or not np.isfinite(x).all():
            received = "NaN or infinity" if len(x) else "none"
            raise InputError(f"x: expected images of finite numbers, received {received}")
        second = self._second_moments(x)
        values, vectors = np.linalg.eigh(second)
        vectors = vectors[:, ::-1] / np.sqrt(np.maximum(values[::-1], 0) + self.eps)
        largest = np.abs(vectors).argmax(axis=0)
        vectors *= np.sign(vectors[largest, np.arange(len(vectors))])  # LAPACKs differ in signs
        w = np.concatenate([vectors, -vectors], axis=1).reshape(self.weight.shape)
        value = self.weight.value
        self.weight.value = beside(value, w.astype(value.dtype))
        self.fitted.value = np.array(True)

    def _second_moments(self, x: Array) -> Array:
        """E[p pᵀ], float64 (k² C, k² C)."""
        k, (_, h, w, c) = self.kernel_size, x.shape
        size = k * k * c
        total: Array = np.zeros((size, size))
        step = max(1, CHUNK // ((h - k + 1) * (w - k + 1) * size))
        for start in range(0, len(x), step):
            windows = sliding_window_view(x[start : start + step], (k, k), axis=(1, 2))
            patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, size)
            total += kernels.of(patches).matmul(patches.T, patches)
        total /= len(x) * (h - k + 1) * (w - k + 1)
        return total

    def forward(self, x: Array) -> tuple[Array, tuple[int, int]]:
        self._check(x)
        y = kernels.of(x).conv2d(x, self.weight.value, *PLAIN)
        if self.bias:
            y += self.bias.value
        return y, x.shape[1:3]

    def backward(self, dy: Array, size: tuple[int, int]) -> Array:
        self.backward_parameters(dy, size)
        return kernels.of(dy).conv2d_backward_input(dy, self.weight.value, size, *PLAIN)

    def backward_parameters(self, dy: Array, size: tuple[int, int]) -> None:
        if self.bias:
            self.bias.accumulate(kernels.of(dy).column_sums(dy.reshape(-1, dy.shape[3])))

    def _check(self, x: Array) -> None:
        c = self.in_channels
        expect_native(x)
        expect(x, self.weight.value, f"(N, H, W, {c})", x.ndim == 4 and x.shape[3] == c)
        expect_windows(x, self.kernel_size, NONE)

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        outputs = math.prod(output)
        products = 2 * outputs * self.kernel_size**2 * self.in_channels
        biases = outputs if self.bias else 0
        return Operations(products + biases, products, biases)

    example = Example(side=3)

    def output_shape(self, x: Shape) -> Shape:
        h, w, _ = expect_image(x, self.in_channels)
        k = self.kernel_size
        kernel = pair(k)
        expect_shape(min(h, w) >= k, f"(N, H, W, C) that a kernel of {kernel} fits into", x)
        return h - k + 1, w - k + 1, self.weight.shape[-1]


def _of_white_pixels(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    values = shape[-1] // 2
    return np.concatenate([np.eye(values), -np.eye(values)], axis=1).reshape(shape)


def _false(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.zeros(shape, np.bool_)
