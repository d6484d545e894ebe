"""Normalization of weights instead of activations."""

from __future__ import annotations

import copy
import math
from typing import Any

from .. import kernels
from ..arrays import namespace
from ..errors import InputError, ShapeError
from ..require import positive
from ..types import Array, Shape
from .base import Layer
from .containers import expect_layer, shape_inside, tree
from .operations import Operations
from .variables import Parameter

Cache = tuple[Layer, Any, Array, Array]


class WeightStandardization(Layer):
    """``layer`` with the weight Ŵ = (W - μ) / √(σ² + ε)        W (…, out) · μ, σ² (out,)

    μ and σ² are those of each output's weights, over all other axes. W is learned, through

        dL/dW = (dŴ - mean(dŴ) - Ŵ mean(dŴ Ŵ)) / √(σ² + ε)

    A stand-in of ``layer``, which holds Ŵ and shares the other parameters, does both passes and
    gathers dŴ. It makes small batches learn as well as large ones beside GroupNorm.

    InputError for a layer without such a weight, and for an ε of 0 or less; ShapeError as from
    ``layer``, whose x (N, …) and y these are.

    Source: Qiao et al. 2019, "Micro-batch training with batch-channel normalization and weight
    standardization"; ε from Kolesnikov et al. 2020, "Big transfer".

    >>> import numpy as np
    >>> from chainrule.layers import Linear
    >>> layer = Linear(2, 1, init=lambda rng, shape: np.array([[3.0], [7.0]]))
    >>> WeightStandardization(layer).init(0)(np.eye(2, dtype=np.float32)).tolist()
    [[-1.0], [1.0]]
    """

    def __init__(self, layer: Layer, *, eps: float = 1e-10) -> None:
        expect_layer("layer", layer)
        positive(eps=eps)
        weight = getattr(layer, "weight", None)
        if not isinstance(weight, Parameter) or len(weight.shape) < 2:
            raise InputError(
                "layer: expected one with a weight of two axes or more, such as Conv2d, "
                f"received {layer!r}"
            )
        self.layer, self.eps = layer, eps

    def __call__(self, x: Array) -> Array:
        try:
            stand_in, _, _ = self._stand_in()
            y: Array = stand_in(x)
            return y
        except ShapeError as error:
            raise error.inside("layer") from None

    def forward(self, x: Array) -> tuple[Array, Cache]:
        stand_in, mean, var = self._stand_in()
        try:
            y, cache = stand_in.forward(x)
        except ShapeError as error:
            raise error.inside("layer") from None
        return y, (stand_in, cache, mean, var)

    def backward(self, dy: Array, cache: Cache) -> Array:
        stand_in, inner, mean, var = cache
        dx = stand_in.backward(dy, inner)
        self._learn(stand_in, mean, var)
        return dx

    def backward_parameters(self, dy: Array, cache: Cache) -> None:
        stand_in, inner, mean, var = cache
        stand_in.backward_parameters(dy, inner)
        self._learn(stand_in, mean, var)

    def _stand_in(self) -> tuple[Any, Array, Array]:
        """A shallow copy of the layer whose weight is Ŵ, with μ and σ²."""
        weight: Parameter = vars(self.layer)["weight"]
        rows = _rows(weight.value)
        ones = namespace(rows).ones(rows.shape[2:], rows.dtype)
        w_hat, mean, var = kernels.of(rows).normalize(rows, ones, 0 * ones, self.eps)
        stand_in: Any = copy.copy(self.layer)
        stand_in.weight = Parameter(weight.shape, weight.init)
        stand_in.weight.value = w_hat.reshape(weight.shape)
        return stand_in, mean, var

    def _learn(self, stand_in: Any, mean: Array, var: Array) -> None:
        """dŴ, which the stand-in has gathered, through the normalization to dW."""
        weight: Parameter = vars(self.layer)["weight"]
        rows, drows = _rows(weight.value), _rows(stand_in.weight.grad)
        ones = namespace(rows).ones(rows.shape[2:], rows.dtype)
        dw, _, _ = kernels.of(rows).normalize_backward(drows, rows, ones, mean, var, self.eps)
        weight.accumulate(dw.reshape(weight.shape))

    def __repr__(self) -> str:
        return tree("WeightStandardization", [("layer", self.layer)])

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        weight: Parameter = vars(self.layer)["weight"]
        return Operations(6, 0, 4).times(math.prod(weight.shape))

    def output_shape(self, x: Shape) -> Shape | None:
        return shape_inside("layer", self.layer, x)


def _rows(weight: Array) -> Array:
    """(…, out) in the view of batch norm: statistics for each output."""
    return weight.reshape(1, -1, weight.shape[-1], 1)
