"""Mish: an activation whose input passes a smooth gate of its own."""

from __future__ import annotations

from .. import kernels
from ..arrays import namespace
from ..types import Array
from .activations import expect_floating
from .base import Layer
from .operations import Operations
from .shapes import same_shape

FLAT = 1000.0  # at -FLAT the gate is 0 and at FLAT it is 1, in float64 too


class Mish(Layer):
    """y = x t,  t = tanh(log(1 + exp(x)))        any shape

    dL/dx = dy (t + x (1 - t²) σ(x)),  σ(x) = 1 / (1 + exp(-x))

    since the derivative of log(1 + exp(x)) is σ(x).

    ShapeError unless x holds floating-point numbers.

    Source: Misra 2020, "Mish: a self regularized non-monotonic activation function".

    >>> import numpy as np
    >>> from chainrule.layers import derivative
    >>> x = np.array([-1.0, 0.0, 1.0])
    >>> Mish()(x).round(3).tolist(), derivative(Mish(), x).round(3).tolist()
    ([-0.303, 0.0, 0.865], [0.059, 0.6, 1.049])
    """

    config_name = "mish"

    def forward(self, x: Array) -> tuple[Array, Array]:
        expect_floating(x)
        return namespace(x).maximum(x, -FLAT) * _gate(x), x

    def backward(self, dy: Array, x: Array) -> Array:
        x = x.clip(-FLAT, FLAT)  # at infinity the limit, where ∞ · 0 would be NaN
        t, s = _gate(x), kernels.of(x).sigmoid(x)
        dx: Array = dy * (t + x * ((1 - t) * (1 + t)) * s)
        return dx

    operations_per_element = Operations(5, 14)
    output_shape = same_shape


def _gate(x: Array) -> Array:
    kernel = kernels.of(x)
    return kernel.tanh(kernel.softplus(x, 1.0))
