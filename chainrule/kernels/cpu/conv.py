"""Convolution: which of the algorithms serves which case.

Each algorithm is a module with the three functions of this one. Shapes alone decide, so a
layer always takes the same way and repeats its results to the last bit.
"""

from __future__ import annotations

from types import ModuleType

from ...types import Array
from ..geometry import Padding, Pair
from . import conv_columns, conv_depthwise, conv_pointwise

__all__ = ["conv2d", "conv2d_backward_input", "conv2d_backward_weight"]


def algorithm(
    shape: tuple[int, ...], channels: int, stride: Pair, padding: Padding, groups: int
) -> ModuleType:
    """The module for a weight of ``shape`` (kh, kw, C/G, O) and images of ``channels``."""
    if groups == channels == shape[3]:
        return conv_depthwise
    if shape[:2] == stride == (1, 1) and padding == ((0, 0), (0, 0)) and groups == 1:
        return conv_pointwise
    return conv_columns


def conv2d(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    chosen = algorithm(w.shape, x.shape[3], stride, padding, groups)
    y: Array = chosen.conv2d(x, w, stride, padding, dilation, groups)
    return y


def conv2d_backward_input(
    dy: Array,
    w: Array,
    size: Pair,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> Array:
    chosen = algorithm(w.shape, w.shape[2] * groups, stride, padding, groups)
    dx: Array = chosen.conv2d_backward_input(dy, w, size, stride, padding, dilation, groups)
    return dx


def conv2d_backward_weight(
    dy: Array, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    shape = (*kernel, x.shape[3] // groups, dy.shape[3])
    chosen = algorithm(shape, x.shape[3], stride, padding, groups)
    dw: Array = chosen.conv2d_backward_weight(dy, x, kernel, stride, padding, dilation, groups)
    return dw
