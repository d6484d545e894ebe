"""The same net of PyTorch's layers, with the same weights.

PyTorch has channels second: (N, C, H, W), and each weight the other way round. A `Pair` holds a
parameter of ours, its twin, and how the twin's array is turned into ours and back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ...errors import InputError
from ...layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    Linear,
    MaxPool2d,
    Parameter,
    ReLU,
    Residual,
    Sequential,
    named_parameters,
)
from ...layers.sizes import pair
from ...types import Array

Turn = Callable[[Array], Array]


@dataclass(frozen=True)
class Pair:
    """A parameter, its twin, and the twin's layout: ``ours(theirs)`` and ``theirs(ours)``."""

    parameter: Parameter
    twin: Any
    ours: Turn
    theirs: Turn

    @property
    def gradient(self) -> Array:
        """The twin's gradient in our layout."""
        return self.ours(self.twin.grad.detach().numpy())

    def copy(self) -> None:
        """Give the twin our weights."""
        import torch

        value = np.ascontiguousarray(self.theirs(self.parameter.value))
        self.twin.data = torch.from_numpy(value.copy())


def twin(model: Layer, shape: tuple[int, ...]) -> tuple[Any, dict[str, Pair]]:
    """(torch.nn.Module, a pair for each of our parameters by its path) for inputs of ``shape``."""
    builder = _Builder(shape)
    module = builder.build(model)
    for one in builder.pairs:
        one.copy()
    pairs = {id(one.parameter): one for one in builder.pairs}
    return module, {path: pairs[id(parameter)] for path, parameter in named_parameters(model)}


class _Builder:
    """Builds twins in the order of the forward pass, and follows the shape of one sample."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.flattened: tuple[int, ...] | None = None  # the image that a Flatten made a row of
        self.pairs: list[Pair] = []

    def build(self, layer: Layer) -> Any:
        from torch import nn

        match layer:
            case Sequential():
                return nn.Sequential(*map(self.build, layer.layers))
            case Residual():
                before = self.shape
                body = self.build(layer.body)
                self.shape = before
                short = nn.Identity() if layer.shortcut is None else self.build(layer.shortcut)
                return _residual(body, short)
            case Conv2d():
                return self._conv(layer)
            case Linear():
                return self._linear(layer)
            case BatchNorm():
                kind = nn.BatchNorm1d if len(self.shape) == 1 else nn.BatchNorm2d
                norm = kind(self.shape[-1], eps=layer.eps, momentum=1 - layer.momentum)
                self._same(layer.gamma, norm.weight)
                self._same(layer.beta, norm.bias)
                return norm
            case ReLU():
                return nn.ReLU()
            case Dropout():
                return nn.Dropout(layer.rate)
            case MaxPool2d(kernel_size=int(size), stride=None, padding=0, ceil_mode=False):
                h, w, c = self.shape
                self.shape = (h // size, w // size, c)
                return nn.MaxPool2d(size)
            case GlobalAvgPool2d():
                self.shape = self.shape[-1:]
                return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
            case Flatten():
                self.flattened, self.shape = self.shape, (math.prod(self.shape),)
                return nn.Flatten()
        raise InputError(f"PyTorch's twin of {layer!r} is not written yet")

    def _conv(self, layer: Conv2d) -> Any:
        from torch import nn

        kernel, stride = pair(layer.kernel_size), pair(layer.stride)
        padding = pair(cast(int, layer.padding))
        conv = nn.Conv2d(
            layer.in_channels, layer.out_channels, kernel, stride, padding,
            groups=layer.groups, bias=layer.bias is not None,
        )  # fmt: skip
        self.pairs.append(Pair(layer.weight, conv.weight, _first_last, _last_first))
        if layer.bias is not None:
            self._same(layer.bias, conv.bias)
        zipped = zip(self.shape, kernel, stride, padding, strict=False)
        sides = ((size + 2 * p - k) // s + 1 for size, k, s, p in zipped)
        self.shape = (*sides, layer.out_channels)
        return conv

    def _linear(self, layer: Linear) -> Any:
        from torch import nn

        dense = nn.Linear(*layer.weight.shape)
        turns = (np.transpose, np.transpose) if self.flattened is None else _flat(self.flattened)
        self.pairs.append(Pair(layer.weight, dense.weight, *turns))
        self._same(layer.bias, dense.bias)
        self.flattened, self.shape = None, layer.bias.shape
        return dense

    def _same(self, ours: Parameter, theirs: Any) -> None:
        self.pairs.append(Pair(ours, theirs, np.asarray, np.asarray))


def _first_last(theirs: Array) -> Array:
    """(O, I, kh, kw) -> (kh, kw, I, O)"""
    return theirs.transpose(2, 3, 1, 0)


def _last_first(ours: Array) -> Array:
    """(kh, kw, I, O) -> (O, I, kh, kw)"""
    return ours.transpose(3, 2, 0, 1)


def _flat(shape: tuple[int, ...]) -> tuple[Turn, Turn]:
    """Layouts of a Linear after Flatten: ours (h·w·c, O), theirs (O, c·h·w)."""
    h, w, c = shape

    def ours(theirs: Array) -> Array:
        return theirs.reshape(-1, c, h, w).transpose(2, 3, 1, 0).reshape(h * w * c, -1)

    def theirs(ours: Array) -> Array:
        return ours.reshape(h, w, c, -1).transpose(3, 2, 0, 1).reshape(-1, h * w * c)

    return ours, theirs


def _residual(body: Any, shortcut: Any) -> Any:
    from torch import nn

    class Residual(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.body, self.shortcut = body, shortcut

        def forward(self, x: Any) -> Any:
            return self.body(x) + self.shortcut(x)

    return Residual()
