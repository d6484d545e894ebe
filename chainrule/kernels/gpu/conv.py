"""Convolution: tensor cores where they serve, else the reference.

Filters of one pixel are matrix products. Others go to the kernels of ``tiles``, in bfloat16 or in
three products of its numbers. float32 means three products, too, where a convolution is large:
errors are 3 · 2⁻¹⁶ of a product at most and even out in a sum, and float32's own units have but a
fifteenth of the tensor cores' rate. Those serve small ones, in the reference's product of matrices,
"float32-strict", groups, numbers of outputs that fill no 16 bytes, and machines that can neither
find nor compile the cubins.
"""

from __future__ import annotations

import math
from typing import Any

from ...types import Array
from .. import precision
from ..geometry import Padding, Pair
from ..reference import conv as reference
from . import convolution, cubins, trial
from .arrays import empty, float32, laid_out
from .convolution import Geometry
from .matmul import matmul

__all__ = ["conv2d", "conv2d_backward_input", "conv2d_backward_weight"]

FOUR = 4  # float32 numbers that fill 16 bytes
MOST = 2**29  # elements: with the padding of narrow images, fewer than the kernels can count
LARGE = 1 << 24  # products of numbers from which float32 is made of three


def conv2d(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    g = Geometry(x.shape, w.shape, stride, padding, dilation)
    if float32(x, w) and _is_pixelwise(g, groups):
        pixels = laid_out(x[:, :: stride[0], :: stride[1]])
        y = matmul(pixels.reshape(-1, g.w[2]), w.reshape(g.w[2:]))
        return y.reshape(*pixels.shape[:3], g.w[3])
    kernel = _kernel("forward", g, groups, g.w[3]) if float32(x, w) else None
    if kernel is None:
        return reference.conv2d(x, w, stride, padding, dilation, groups)
    return convolution.forward(*kernel, g, laid_out(x), laid_out(w), _planes())


def conv2d_backward_input(
    dy: Array, w: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int,
) -> Array:  # fmt: skip
    g = Geometry((len(dy), *size, w.shape[2] * groups), w.shape, stride, padding, dilation)
    if float32(dy, w) and _is_pixelwise(g, groups):
        d = matmul(laid_out(dy).reshape(-1, g.w[3]), w.reshape(g.w[2:]).T)
        d = d.reshape(*dy.shape[:3], g.w[2])
        if stride == (1, 1):
            return d
        dx = empty(g.x)
        dx[...] = 0
        dx[:, :: stride[0], :: stride[1]] = d
        return dx
    kernel = _kernel("input", g, groups, g.w[2]) if float32(dy, w) else None
    if kernel is None:
        return reference.conv2d_backward_input(dy, w, size, stride, padding, dilation, groups)
    return convolution.input_gradient(*kernel, g, laid_out(dy), laid_out(w), _planes())


def conv2d_backward_weight(
    dy: Array, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    w = (*kernel, x.shape[3] // groups, dy.shape[3])
    g = Geometry(x.shape, w, stride, padding, dilation)
    if float32(dy, x) and _is_pixelwise(g, groups):
        pixels = laid_out(x[:, :: stride[0], :: stride[1]]).reshape(-1, g.w[2])
        return matmul(pixels.T, laid_out(dy).reshape(-1, g.w[3])).reshape(g.w)
    found = _kernel("weight", g, groups, FOUR) if float32(dy, x) else None
    if found is None:
        return reference.conv2d_backward_weight(dy, x, kernel, stride, padding, dilation, groups)
    return convolution.weight_gradient(*found, g, laid_out(dy), laid_out(x), _planes())


def _is_pixelwise(g: Geometry, groups: int) -> bool:
    """Whether each result is a product of one pixel with the filter."""
    return groups == 1 and g.w[:2] == (1, 1) and g.padding == ((0, 0), (0, 0))


def _planes() -> int:
    return 1 if precision.current() == "bfloat16" else 2


def _kernel(which: str, g: Geometry, groups: int, columns: int) -> tuple[Any, Any] | None:
    """The kernel and its boxes, for a result of so many columns; None where it does not serve."""
    asked = precision.current()
    if groups != 1 or columns % FOUR or asked == "float32-strict":
        return None
    pixels = g.x[0] * math.prod(g.size)
    sizes = math.prod(g.x), pixels * g.w[3], math.prod(g.w)
    if not min(sizes) > 0 or max(sizes) >= MOST:
        return None
    if asked == "float32" and pixels * math.prod(g.w) < LARGE:
        return None
    variant = convolution.variants(g, _planes())[which]
    kernel = cubins.loaded(variant)
    if kernel is None or not trial.passed(which, variant, kernel, g, _planes()):
        return None
    return kernel, variant.constants
