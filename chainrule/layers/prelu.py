"""The rectifier whose slope is learned."""

from __future__ import annotations

from functools import partial

import numpy as np

from .. import kernels
from ..require import integer, not_negative
from ..types import Array, Shape
from .base import Layer, expect
from .operations import Operations
from .shapes import expect_shape
from .variables import Parameter


class PReLU(Layer):
    """y = x where x > 0, else a x        x, y (N, ..., C) · slope a (C,), one a channel

    dL/dx = dy where x > 0, else a dy        dL/da = Σ dy x over the channel's x ≤ 0

    With one channel, the default, a single slope serves every element of any shape. At x = 0
    the derivative is a. Slopes start at ``init``; weight decay leaves them alone, since it would
    turn them into ReLUs.

    InputError for fewer than 1 channel; ShapeError unless x has that many, in the dtype of a.

    Source: He et al. 2015, "Delving deep into rectifiers".

    >>> import numpy as np
    >>> layer = PReLU().init(0)
    >>> y, cache = layer.forward(np.array([[-4.0, 2.0]], np.float32))
    >>> y.tolist(), layer.backward(np.ones_like(y), cache).tolist(), layer.slope.grad.tolist()
    ([[-1.0, 2.0]], [[0.25, 1.0]], [-4.0])
    """

    config_name = "prelu"

    def __init__(self, channels: int = 1, *, init: float = 0.25) -> None:
        integer(1, channels=channels)
        not_negative(init=init)
        self.slope = Parameter((channels,), partial(_filled, value=init), decay=False)

    def forward(self, x: Array) -> tuple[Array, Array]:
        slope = self.slope.value
        c = len(slope)
        expect(x, slope, f"(N, ..., {c})", c == 1 or (x.ndim > 1 and x.shape[-1] == c))
        return kernels.of(x).prelu(x.reshape(-1, c), slope).reshape(x.shape), x

    def backward(self, dy: Array, x: Array) -> Array:
        slope = self.slope.value
        rows = (-1, len(slope))
        dx, dslope = kernels.of(dy).prelu_backward(dy.reshape(rows), x.reshape(rows), slope)
        self.slope.accumulate(dslope)
        return dx.reshape(x.shape)

    operations_per_element = Operations(2, 2, 2)

    def output_shape(self, x: Shape) -> Shape:
        c = self.slope.shape[0]
        expect_shape(c in (1, x[-1]), f"(N, …, {c})", x)
        return x


def _filled(rng: np.random.Generator, shape: tuple[int, ...], value: float) -> Array:
    return np.full(shape, value)
