"""How many operations each kind of layer takes, by its formula.

An operation is one addition, multiplication, division, comparison or elementary function: a
multiply-add is two. It is the definition that is counted, whatever a kernel does: Winograd's
convolution takes fewer, and padding counts as the pixels that it stands for, as in PyTorch's
``FlopCounterMode``. Random numbers and copies count nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import layers as kinds
from ..layers.base import Layer, named_parameters
from ..layers.sizes import pair

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Work:
    """Operations of one pass: forward, toward the input gradient, toward the parameters'."""

    forward: int = 0
    dx: int = 0
    dparameters: int = 0


Rule = Callable[[Any, tuple[Shape, ...], Shape], Work]


def _linear(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    return _products(math.prod(y) * xs[0][-1], math.prod(y))


def _maxout(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    outputs = math.prod(y) * layer.pieces
    work = _products(outputs * xs[0][-1], outputs)
    return Work(work.forward + outputs - math.prod(y), work.dx, work.dparameters)


def _conv(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    taps = math.prod(pair(layer.kernel_size)) * layer.in_channels // layer.groups
    return _products(math.prod(y) * taps, math.prod(y) if layer.bias else 0)


def _conv_transpose(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    taps = math.prod(pair(layer.kernel_size)) * layer.out_channels // layer.groups
    return _products(math.prod(xs[0]) * taps, math.prod(y) if layer.bias else 0)


def _products(multiplications: int, biases: int) -> Work:
    """Of so many multiply-adds there are as many in each gradient as in the forward."""
    twice = 2 * multiplications
    return Work(twice + biases, twice, twice + biases)


def _each(forward: int, dx: int, dparameters: int = 0) -> Rule:
    """So many operations for each number of the input."""

    def rule(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
        n = math.prod(xs[0])
        return Work(forward * n, dx * n, dparameters * n)

    return rule


def _norm(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    """Mean 1, variance 3, scale and shift 2; dx 4 (dy and x̂ less their means); dβ 1, dγ 4."""
    learned = 5 if named_parameters(layer) else 0
    return _each(6, 4, learned)(layer, xs, y)


def _windows(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    window = math.prod(pair(layer.kernel_size))
    if isinstance(layer, kinds.MaxPool2d):
        return Work(math.prod(y) * (window - 1), math.prod(y))
    return Work(math.prod(y) * window, math.prod(y) * (window + 1))


def _shared_windows(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    """Every pixel added once (more where windows overlap, which is not counted)."""
    return Work(math.prod(xs[0]) + math.prod(y), math.prod(xs[0]) + math.prod(y))


def _add(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    return Work((len(xs) - 1) * math.prod(y))


def _multiply(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    k = len(xs)
    return Work((k - 1) * math.prod(y), k * (k - 1) * math.prod(y))


def _residual(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    return Work(math.prod(y), math.prod(xs[0]))


def _parallel(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    return Work(0, (len(layer.branches) - 1) * math.prod(xs[0]))


def _standardized(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    weights = math.prod(layer.layer.weight.shape)
    return Work(6 * weights, 0, 4 * weights)


def _nothing(layer: Any, xs: tuple[Shape, ...], y: Shape) -> Work:
    return Work()


OPERATIONS: dict[type[Layer], Rule] = {
    kinds.AdaptiveAvgPool2d: _shared_windows,
    kinds.Add: _add,
    kinds.AvgPool2d: _windows,
    kinds.BatchNorm: _norm,
    kinds.Concat: _nothing,
    kinds.Conv2d: _conv,
    kinds.ConvTranspose2d: _conv_transpose,
    kinds.Dropout: _each(2, 2),
    kinds.DropPath: _each(2, 2),
    kinds.ELU: _each(4, 3),
    kinds.Flatten: _nothing,
    kinds.GELU: _each(5, 10),
    kinds.GlobalAvgPool2d: _shared_windows,
    kinds.Graph: _nothing,
    kinds.GroupNorm: _norm,
    kinds.HardSwish: _each(5, 5),
    kinds.InstanceNorm: _norm,
    kinds.LayerNorm: _norm,
    kinds.LeakyReLU: _each(2, 2),
    kinds.Linear: _linear,
    kinds.MaxPool2d: _windows,
    kinds.Maxout: _maxout,
    kinds.Multiply: _multiply,
    kinds.Normalize: _each(2, 1),
    kinds.PReLU: _each(2, 2, 2),
    kinds.Parallel: _parallel,
    kinds.ReLU: _each(1, 1),
    kinds.ReLU6: _each(2, 2),
    kinds.Residual: _residual,
    kinds.SELU: _each(5, 4),
    kinds.Sequential: _nothing,
    kinds.SiLU: _each(5, 8),
    kinds.Sigmoid: _each(4, 3),
    kinds.Softplus: _each(3, 5),
    kinds.SpatialDropout: _each(2, 2),
    kinds.SwitchableNorm: _each(6, 10, 5),
    kinds.Tanh: _each(1, 3),
    kinds.WeightStandardization: _standardized,
}
"""A row for each layer; one of your own counts as the nearest class that it inherits from."""


def work(layer: Layer, xs: tuple[Shape, ...], y: Shape) -> Work | None:
    """The operations of one use of a layer itself, without those of layers inside it; None for
    a kind that no row is about. A layer without parameters has none toward them."""
    rule = next((OPERATIONS[kind] for kind in type(layer).__mro__ if kind in OPERATIONS), None)
    return rule(layer, xs, y) if rule else None
