"""The activation that is learned as the greatest of several linear functions."""

from __future__ import annotations

import math
from dataclasses import replace

from .. import kernels
from ..initializers import he_normal, zeros
from ..require import integer
from ..types import Array, Shape
from .base import Layer, expect
from .operations import Operations, of_products
from .shapes import expect_shape
from .variables import Initializer, Parameter


class Maxout(Layer):
    """y = maxₖ zₖ,  zₖ = x Wₖ + bₖ        x (N, in) · y (N, out) · k = 1 … pieces

    dzₖ = dy where piece k won, else 0, then as in Linear:

    dL/dW = xᵀ dz      dL/db = Σₙ dz      dL/dx = dz Wᵀ

    The pieces stand side by side, W (in, pieces · out) and b (pieces · out,), so one matrix
    product makes all of them. Of equal pieces the first wins. A ReLU has a flat half where no
    gradient passes; this has none, at ``pieces`` times the weights.

    InputError for a size or number of pieces below 1; ShapeError unless x is (N, in), in the dtype
    of the weights.

    Source: Goodfellow et al. 2013, "Maxout networks".

    With the pieces x and -x it is the absolute value:

    >>> import numpy as np
    >>> layer = Maxout(1, 1, init=lambda rng, shape: np.array([[1.0, -1.0]])).init(0)
    >>> layer(np.array([[-3.0], [2.0]], np.float32)).tolist()
    [[3.0], [2.0]]
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        pieces: int = 2,
        *,
        init: Initializer = he_normal,
    ) -> None:
        integer(1, in_features=in_features, out_features=out_features, pieces=pieces)
        self.pieces = pieces
        self.weight = Parameter((in_features, pieces * out_features), init)
        self.bias = Parameter((pieces * out_features,), zeros, decay=False)

    def forward(self, x: Array) -> tuple[Array, tuple[Array, Array]]:
        weight = self.weight.value
        expect(x, weight, f"(N, {len(weight)})", x.shape[1:] == weight.shape[:1])
        z = kernels.of(x).matmul(x, weight)
        z += self.bias.value
        y, argmax = kernels.of(x).maxout(z.reshape(len(z), self.pieces, z.shape[1] // self.pieces))
        return y, (x, argmax)

    def backward(self, dy: Array, cache: tuple[Array, Array]) -> Array:
        dz = self._backward_pieces(dy, cache)
        return kernels.of(dz).matmul(dz, self.weight.value.T)

    def backward_parameters(self, dy: Array, cache: tuple[Array, Array]) -> None:
        self._backward_pieces(dy, cache)

    def _backward_pieces(self, dy: Array, cache: tuple[Array, Array]) -> Array:
        x, argmax = cache
        dz = kernels.of(dy).maxout_backward(dy, argmax, self.pieces)
        dz = dz.reshape(len(x), len(self.bias.value))
        self.weight.accumulate(kernels.of(dz).matmul(x.T, dz))
        self.bias.accumulate(kernels.of(dz).column_sums(dz))
        return dz

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        outputs = math.prod(output)
        pieces = outputs * self.pieces
        products = of_products(pieces * inputs[0][-1], pieces)
        return replace(products, forward=products.forward + pieces - outputs)

    def output_shape(self, x: Shape) -> Shape:
        n_in, n_out = self.weight.shape
        expect_shape(x == (n_in,), f"(N, {n_in})", x)
        return (n_out // self.pieces,)
