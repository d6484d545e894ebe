"""Layers that are given the weights of a file, and take up those of the nodes after them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InputError
from ..layers import (
    BatchNorm,
    Conv2d,
    ConvTranspose2d,
    GroupNorm,
    InstanceNorm,
    Linear,
    Normalize,
)
from ..layers.base import Layer
from ..types import Array


def set_arrays(layer: Layer, **arrays: Array) -> None:
    """Give a new layer its weights."""
    for name, array in arrays.items():
        variable = vars(layer)[name]
        if array.shape != variable.shape:
            raise InputError(f"{name}: expected shape {variable.shape}, received {array.shape}")
        variable.value = np.array(array, variable.dtype, order="C")


def _into_product(layer: Any, a: Array, b: Array) -> bool:
    if layer.bias is None:
        return False
    weight, bias = layer.weight.value, layer.bias.value
    set_arrays(layer, weight=weight * a, bias=bias * a + b)
    return True


def _into_norm(layer: Any, a: Array, b: Array) -> bool:
    set_arrays(layer, gamma=layer.gamma.value * a, beta=layer.beta.value * a + b)
    return True


def _into_normalize(layer: Any, a: Array, b: Array) -> bool:
    """a (x - mean) / std + b = (x - (mean - b std / a)) / (std / a)"""
    width = len(layer.mean.value)
    if not (a > 0).all() or (width == 1 and ((a != a[0]).any() or (b != b[0]).any())):
        return False
    std = layer.std.value / a[:width]
    set_arrays(layer, mean=layer.mean.value - b[:width] * std, std=std)
    return True


FOLDS: dict[type[Layer], Callable[[Any, Array, Array], bool]] = {
    **dict.fromkeys((Conv2d, ConvTranspose2d, Linear), _into_product),
    **dict.fromkeys((BatchNorm, GroupNorm, InstanceNorm), _into_norm),
    Normalize: _into_normalize,
}
"""Layers whose weights take up a line that follows; False where one cannot."""
