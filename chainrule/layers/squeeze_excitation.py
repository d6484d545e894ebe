"""Squeeze and excitation: channels that scale one another."""

from __future__ import annotations

from typing import Any

from ..errors import ShapeError
from ..initializers import he_normal
from ..ranges import PositiveInt
from ..sums import total
from ..types import Array, Shape
from .activations import ReLU
from .base import Layer
from .containers import Sequential, inside
from .linear import Linear
from .operations import Operations
from .pool import GlobalAvgPool2d
from .shapes import expect_channels
from .sizes import expect_images
from .smooth_activations import Sigmoid
from .variables import Initializer

Cache = tuple[Array, Array, list[Any]]


class SqueezeExcitation(Layer):
    """y = x s,  s = σ(relu(z W₁ + b₁) W₂ + b₂)        x, y (N, H, W, C) · s (N, C)

    z (N, C) is the mean of each channel over its pixels; W₁ is (C, C/r) and W₂ (C/r, C), where r
    is ``reduction``; C/r is rounded down, but not to 0.

    dL/ds[n, c] = Σ_{i, j} dy[n, i, j, c] x[n, i, j, c]
    dL/dx = dy s + the gradient that ``gate`` passes back for dL/ds

    InputError for a number below 1; ShapeError unless x is an image of ``channels`` channels.

    Source: Hu et al. 2018, "Squeeze-and-excitation networks".

    With all weights 0 every channel is halved, as σ(0) = 1/2:

    >>> import numpy as np
    >>> from chainrule.initializers import zeros
    >>> layer = SqueezeExcitation(2, reduction=1, init=zeros).init(0)
    >>> layer(np.array([[[[6.0, 8.0]]]], np.float32)).ravel().tolist()
    [3.0, 4.0]
    """

    def __init__(
        self, channels: PositiveInt, reduction: PositiveInt = 16, *, init: Initializer = he_normal
    ) -> None:
        self.channels = channels
        squeezed = max(1, channels // reduction)
        self.gate = Sequential(
            GlobalAvgPool2d(),
            Linear(channels, squeezed, init=init),
            ReLU(),
            Linear(squeezed, channels, init=init),
            Sigmoid(),
        )

    def __call__(self, x: Array) -> Array:
        self._check(x)
        with inside("gate"):
            s = self.gate(x)
        return _scaled(x, s)

    def forward(self, x: Array) -> tuple[Array, Cache]:
        self._check(x)
        with inside("gate"):
            s, caches = self.gate.forward(x)
        return _scaled(x, s), (x, s, caches)

    def backward(self, dy: Array, cache: Cache) -> Array:
        x, s, caches = cache
        return _scaled(dy, s) + self.gate.backward(total(dy * x, (1, 2)), caches)

    def backward_parameters(self, dy: Array, cache: Cache) -> None:
        x, _, caches = cache
        self.gate.backward_parameters(total(dy * x, (1, 2)), caches)

    def _check(self, x: Array) -> None:
        expect_images(x)
        if x.shape[3] != self.channels:
            raise ShapeError(
                f"expected an input of shape (N, H, W, {self.channels}), received {x.shape}"
            )

    operations_per_element = Operations(1, 2, 2)  # x s; dy s and its sum with the gate's; Σ dy x

    def output_shape(self, x: Shape) -> Shape:
        return expect_channels(x, self.channels, axes=(3,))


def _scaled(x: Array, s: Array) -> Array:
    y: Array = x * s[:, None, None]
    return y
