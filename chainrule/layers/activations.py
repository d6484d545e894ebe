"""Activations: functions of one element."""

from __future__ import annotations

from .. import kernels
from ..types import Array
from .base import Layer


class ReLU(Layer):
    """y = max(x, 0)        dL/dx = dy where y > 0, else 0        any shape

    The output is kept rather than the input: the next layer keeps the same array, so it costs
    no memory of its own.
    """

    def forward(self, x: Array) -> tuple[Array, Array]:
        y = kernels.of(x).relu(x)
        return y, y

    def backward(self, dy: Array, y: Array) -> Array:
        return kernels.of(dy).relu_backward(dy, y)
