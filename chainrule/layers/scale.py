"""A constant factor: for logits that should start small."""

from __future__ import annotations

from .. import require
from ..types import Array
from .activations import expect_floating
from .base import Layer
from .operations import Operations
from .shapes import same_shape


class Scale(Layer):
    """y = factor · x        dL/dx = factor · dy        any shape

    The factor is fixed. After the last linear layer it is the inverse of a temperature: a small
    one lets a head with large weights start from even probabilities.

    InputError for a factor of 0 or less; ShapeError unless x holds floating-point numbers.

    Source: Hinton et al. 2015, "Distilling the knowledge in a neural network", for the
    temperature.

    >>> import numpy as np
    >>> y, cache = Scale(0.125).forward(np.array([[8.0, -16.0]]))
    >>> y.tolist(), Scale(0.125).backward(np.ones_like(y), cache).tolist()
    ([[1.0, -2.0]], [[0.125, 0.125]])
    """

    def __init__(self, factor: float) -> None:
        require.positive(factor=factor)
        self.factor = float(factor)

    def forward(self, x: Array) -> tuple[Array, None]:
        expect_floating(x)
        return x * x.dtype.type(self.factor), None

    def backward(self, dy: Array, cache: None) -> Array:
        dx: Array = dy * dy.dtype.type(self.factor)
        return dx

    operations_per_element = Operations(1, 1)
    output_shape = same_shape
