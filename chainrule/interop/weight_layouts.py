"""Weights in the order of axes that other programs have."""

from __future__ import annotations

import numpy as np

from ..kernels.geometry import exchange
from ..types import Array


def to_transposed(weight: Array, groups: int) -> Array:
    """(kh, kw, I/G, O) of `ConvTranspose2d` as PyTorch's and ONNX's (I, O/G, kh, kw)."""
    return np.ascontiguousarray(exchange(weight, groups).transpose(3, 2, 0, 1))


def from_transposed(weight: Array, groups: int) -> Array:
    """The inverse: (I, O/G, kh, kw) as (kh, kw, I/G, O)."""
    return np.ascontiguousarray(exchange(weight.transpose(2, 3, 1, 0), groups))


def dense_transposed(weight: Array, groups: int) -> Array:
    """`to_transposed` of one group (I, O, kh, kw), with zeros between those that do not meet."""
    by_group = to_transposed(weight, groups)
    inputs, outputs = by_group.shape[0] // groups, by_group.shape[1]
    dense = np.zeros((len(by_group), groups * outputs, *by_group.shape[2:]), weight.dtype)
    for g in range(groups):
        rows = slice(g * inputs, (g + 1) * inputs)
        dense[rows, g * outputs : (g + 1) * outputs] = by_group[rows]
    return dense
