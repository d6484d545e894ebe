"""The derivative of an activation."""

from __future__ import annotations

from ..arrays import namespace, native
from ..declared import checked
from ..types import Array
from .base import Layer


@checked
def derivative(layer: Layer, x: Array) -> Array:
    """dy/dx of a function of one element at every element of ``x``: the backward of ones.

    x and the result are of any shape, the same for both.

    >>> import numpy as np
    >>> from chainrule.layers import ReLU
    >>> derivative(ReLU(), np.array([-1.0, 2.0])).tolist()
    [0.0, 1.0]
    """
    y, cache = layer.forward(native("x", x))
    return layer.backward(namespace(y).ones_like(y), cache)
