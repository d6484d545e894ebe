"""The shortcut without parameters, of residual blocks that change the shape."""

from __future__ import annotations

import math

from .. import require
from ..arrays import namespace
from ..errors import InputError, ShapeError
from ..types import Array, Shape
from .base import Layer
from .operations import Operations
from .shapes import expect_image
from .sizes import expect_images


class ZeroPadShortcut(Layer):
    """y[n, i, j, c + p] = x[n, s·i, s·j, c], and 0 in the other channels

        x (N, H, W, C) · y (N, ⌈H/s⌉, ⌈W/s⌉, O) · p = ⌊(O - C) / 2⌋

    with stride s: the pixels that a strided 1x1 convolution would see, and zeros for the channels
    that are new. dL/dx is dy of the same pixels and channels, and 0 elsewhere.

    InputError for a number below 1, and for fewer channels than there were; ShapeError unless x is
    an image of ``in_channels`` channels.

    Source: He et al. 2016, "Deep residual learning for image recognition", option A of section
    3.3.

    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1)
    >>> ZeroPadShortcut(1, 3, stride=2)(x).ravel().tolist()
    [0.0, 1.0, 0.0]
    """

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 1) -> None:
        require.integer(1, in_channels=in_channels, out_channels=out_channels, stride=stride)
        if out_channels < in_channels:
            raise InputError(
                f"out_channels: expected at least the {in_channels} of in_channels, "
                f"received {out_channels}"
            )
        self.in_channels, self.out_channels = int(in_channels), int(out_channels)
        self.stride = int(stride)

    def forward(self, x: Array) -> tuple[Array, Shape]:
        expect_images(x)
        if x.shape[-1] != self.in_channels:
            raise ShapeError(
                f"expected an input of shape (N, H, W, {self.in_channels}), received {x.shape}"
            )
        seen = x[:, :: self.stride, :: self.stride]
        y = namespace(x).zeros((*seen.shape[:3], self.out_channels), x.dtype)
        y[..., self._own] = seen
        return y, x.shape

    def backward(self, dy: Array, shape: Shape) -> Array:
        dx: Array = namespace(dy).zeros(shape, dy.dtype)
        dx[:, :: self.stride, :: self.stride] = dy[..., self._own]
        return dx

    @property
    def _own(self) -> slice:
        """The channels of y that are those of x."""
        first = (self.out_channels - self.in_channels) // 2
        return slice(first, first + self.in_channels)

    operations_per_element = Operations()

    def output_shape(self, x: Shape) -> Shape:
        h, w, _ = expect_image(x, self.in_channels)
        return math.ceil(h / self.stride), math.ceil(w / self.stride), self.out_channels
