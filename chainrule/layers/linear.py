"""The fully connected layer, and the reshape that leads into it."""

from __future__ import annotations

import math

from .. import kernels
from ..initializers import he_normal, zeros
from ..require import integer
from ..types import Array, Shape
from .base import Layer, expect, expect_axes
from .example import Example
from .operations import Operations, of_products
from .shapes import expect_shape
from .variables import Initializer, Parameter


class Linear(Layer):
    """y = x W + b            x (N, in) · W (in, out) · b (out,) · y (N, out)

    dL/dW = xᵀ dy      dL/db = Σₙ dy      dL/dx = dy Wᵀ

    InputError for a size below 1; ShapeError unless x is (N, in), in the dtype of the weights.

    ``bias=False`` leaves out b.

    Source: Rumelhart, Hinton and Williams 1986, "Learning representations by back-propagating
    errors".

    >>> import numpy as np
    >>> layer = Linear(2, 1, init=lambda rng, shape: np.array([[3.0], [-1.0]])).init(0)
    >>> y, cache = layer.forward(np.array([[2.0, 1.0]], np.float32))
    >>> y.tolist(), layer.backward(np.ones_like(y), cache).tolist(), layer.weight.grad.tolist()
    ([[5.0]], [[3.0, -1.0]], [[2.0], [1.0]])
    """

    bias: Parameter | None = None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        bias: bool = True,
        init: Initializer = he_normal,
    ) -> None:
        integer(1, in_features=in_features, out_features=out_features)
        self.weight = Parameter((in_features, out_features), init)
        if bias:
            self.bias = Parameter((out_features,), zeros, decay=False)

    def forward(self, x: Array) -> tuple[Array, Array]:
        weight = self.weight.value
        expect(x, weight, f"(N, {len(weight)})", x.shape[1:] == weight.shape[:1])
        y = kernels.of(x).matmul(x, weight)
        if self.bias:
            y += self.bias.value
        return y, x

    def backward(self, dy: Array, x: Array) -> Array:
        self.backward_parameters(dy, x)
        return kernels.of(dy).matmul(dy, self.weight.value.T)

    def backward_parameters(self, dy: Array, x: Array) -> None:
        if not self.weight.frozen:
            self.weight.accumulate(kernels.of(dy).matmul(x.T, dy))
        if self.bias:
            self.bias.accumulate(kernels.of(dy).column_sums(dy))

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        outputs = math.prod(output)
        return of_products(outputs * inputs[0][-1], outputs if self.bias else 0)

    def output_shape(self, x: Shape) -> Shape:
        n_in, n_out = self.weight.shape
        expect_shape(x == (n_in,), f"(N, {n_in})", x)
        return (n_out,)


class Flatten(Layer):
    """(N, H, W, C) -> (N, H·W·C), a view: no number moves, so backward is the reshape back.
    ShapeError for an x without axes.

    >>> import numpy as np
    >>> Flatten()(np.zeros((5, 8, 8, 3))).shape
    (5, 192)
    """

    def forward(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        expect_axes(x, 1)
        return x.reshape(len(x), math.prod(x.shape[1:])), x.shape

    def backward(self, dy: Array, shape: tuple[int, ...]) -> Array:
        return dy.reshape(shape)

    example = Example((2, 2, 2, 2))
    operations_per_element = Operations()

    def output_shape(self, x: Shape) -> Shape:
        return (math.prod(x),)
