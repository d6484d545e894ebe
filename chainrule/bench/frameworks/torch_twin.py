"""The same net of PyTorch's layers, with the same weights.

PyTorch has channels second: (N, C, H, W), and each weight the other way round. A `Pair` holds a
parameter of ours, its twin, and how the twin's tensor is seen in our layout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from ... import layers as ours
from ...errors import InputError
from ...layers import Layer, Parameter, named_parameters
from ...layers.shapes import infer_shape
from ...layers.sizes import pair
from ...types import Array, Shape

View = Callable[[Any], Any]


@dataclass(frozen=True)
class Pair:
    """A parameter, its twin, and ``view``: a tensor of the twin's layout in ours, not copied."""

    parameter: Parameter
    twin: Any
    view: View

    def ours(self, tensor: Any) -> Array:
        """The twin, or its gradient, in our layout."""
        array: Array = self.view(tensor.detach().cpu()).numpy().reshape(self.parameter.shape)
        return array

    def copy(self) -> None:
        """Give the twin our weights."""
        import torch

        value = torch.from_numpy(self.parameter.value)
        self.twin.data = self.twin.data.to(value.dtype)
        view = self.view(self.twin.data)
        view.copy_(value.reshape(view.shape))


def twin(model: Layer, shape: Shape) -> tuple[Any, dict[str, Pair]]:
    """(torch.nn.Module, a pair for each of our parameters by its path) for inputs of ``shape``."""
    builder = _Builder(shape)
    module = builder.build(model)
    for one in builder.pairs:
        one.copy()
    pairs = {id(one.parameter): one for one in builder.pairs}
    return module, {path: pairs[id(parameter)] for path, parameter in named_parameters(model)}


class _Builder:
    """Builds twins in the order of the forward pass, and follows the shape of one sample."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.flattened: Shape | None = None  # the image that a Flatten made a row of
        self.pairs: list[Pair] = []

    def build(self, layer: Layer) -> Any:
        before = self.shape
        module = self._module(layer)
        self.shape = cast(Shape, infer_shape(layer, before))
        return module

    def _module(self, layer: Layer) -> Any:
        from torch import nn

        match layer:
            case ours.Sequential():
                return nn.Sequential(*map(self.build, layer.layers))
            case ours.Residual():
                before = self.shape
                body = self.build(layer.body)
                self.shape = before
                short = nn.Identity() if layer.shortcut is None else self.build(layer.shortcut)
                return _residual(body, short)
            case ours.Conv2d():
                conv = nn.Conv2d(
                    layer.in_channels, layer.out_channels,
                    pair(layer.kernel_size), pair(layer.stride), pair(cast(int, layer.padding)),
                    groups=layer.groups, bias=layer.bias is not None,
                )  # fmt: skip
                self._pair(layer.weight, conv.weight, _kernel)
                self._pair(layer.bias, conv.bias)
                return conv
            case ours.Linear():
                dense = nn.Linear(*layer.weight.shape, bias=layer.bias is not None)
                self._pair(layer.weight, dense.weight, _rows(self.flattened))
                self._pair(layer.bias, dense.bias)
                self.flattened = None
                return dense
            case ours.WhiteningConv2d():
                size, filters = layer.kernel_size, layer.weight.value
                white = nn.Conv2d(layer.in_channels, filters.shape[-1], size, bias=bool(layer.bias))
                _kernel(white.weight.data).copy_(_tensor(filters))
                white.weight.requires_grad_(False)
                self._pair(layer.bias, white.bias)
                return white
            case ours.Normalize():
                return _normalize(_tensor(layer.mean.value), _tensor(layer.std.value))
            case ours.BatchNorm():
                kind = nn.BatchNorm1d if len(self.shape) == 1 else nn.BatchNorm2d
                norm = kind(self.shape[-1], eps=layer.eps, momentum=1 - layer.momentum)
                if isinstance(layer.gamma, Parameter):
                    self._pair(layer.gamma, norm.weight)
                else:
                    norm.weight.requires_grad_(False)  # and 1, as a fresh one is
                self._pair(layer.beta, norm.bias)
                return norm
            case ours.ReLU():
                return nn.ReLU()
            case ours.ReLU6():
                return nn.ReLU6()
            case ours.GELU(approximate=form):
                return nn.GELU(form)
            case ours.Scale(factor=factor):
                return _scale(factor)
            case ours.Dropout():
                return nn.Dropout(layer.rate)
            case ours.MaxPool2d(kernel_size=size, stride=None, padding=0, ceil_mode=False):
                return nn.MaxPool2d(pair(size))
            case ours.GlobalAvgPool2d():
                return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
            case ours.Flatten():
                self.flattened = self.shape
                return nn.Flatten()
        raise InputError(f"PyTorch's twin of {layer!r} is not written yet")

    def _pair(self, ours: Parameter | None, theirs: Any, view: View = lambda t: t) -> None:
        if ours is not None:
            self.pairs.append(Pair(ours, theirs, view))


def _kernel(theirs: Any) -> Any:
    """(O, I, kh, kw) -> (kh, kw, I, O)"""
    return theirs.permute(2, 3, 1, 0)


def _rows(flattened: Shape | None) -> View:
    """(O, I) -> (I, O); after a Flatten of (h, w, c) its rows c·h·w -> (h, w, c)."""
    if flattened is None:
        return lambda theirs: theirs.T
    h, w, c = flattened
    return lambda theirs: theirs.reshape(-1, c, h, w).permute(2, 3, 1, 0)


def _tensor(array: Array) -> Any:
    import torch

    return torch.from_numpy(array.copy())


def _normalize(mean: Any, std: Any) -> Any:
    import torch
    from torch import nn

    class Normalize(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("mean", mean[:, None, None])
            self.register_buffer("std", std[:, None, None])

        def forward(self, x: Any) -> Any:
            return ((x / 255 if x.dtype == torch.uint8 else x) - self.mean) / self.std

    return Normalize()


def _scale(factor: float) -> Any:
    from torch import nn

    class Scale(nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return x * factor

    return Scale()


def _residual(body: Any, shortcut: Any) -> Any:
    from torch import nn

    class Residual(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.body, self.shortcut = body, shortcut

        def forward(self, x: Any) -> Any:
            return self.body(x) + self.shortcut(x)

    return Residual()
