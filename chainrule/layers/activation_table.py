"""Every activation that needs no sizes by its name, and the derivative of any of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputError, did_you_mean
from ..types import Array
from .activations import HardSwish, LeakyReLU, ReLU, ReLU6
from .base import Layer
from .prelu import PReLU
from .smooth_activations import ELU, GELU, SELU, Sigmoid, SiLU, Softplus, Tanh

ACTIVATIONS: dict[str, type[Layer]] = {
    "elu": ELU,
    "gelu": GELU,
    "hard_swish": HardSwish,
    "leaky_relu": LeakyReLU,
    "prelu": PReLU,
    "relu": ReLU,
    "relu6": ReLU6,
    "selu": SELU,
    "sigmoid": Sigmoid,
    "silu": SiLU,
    "softplus": Softplus,
    "tanh": Tanh,
}


def build_activation(name: str, **arguments: Any) -> Layer:
    """A new layer by its name in ``ACTIVATIONS``. InputError for an unknown name."""
    if name not in ACTIVATIONS:
        raise InputError(f"unknown activation {name!r}{did_you_mean(name, ACTIVATIONS)}")
    return ACTIVATIONS[name](**arguments)


def derivative(layer: Layer, x: Array) -> Array:
    """dy/dx of a function of one element at every element of ``x``: the backward of ones.

    >>> derivative(ReLU(), np.array([-1.0, 2.0])).tolist()
    [0.0, 1.0]
    """
    y, cache = layer.forward(x)
    return layer.backward(np.ones_like(y), cache)
