"""The arrays of a model that other libraries have as well, each with its layout there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import InputError
from ..layers import (
    BatchNorm,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    GlobalAvgPool2d,
    Graph,
    Linear,
    Maxout,
    Normalize,
    Parallel,
    Residual,
    Sequential,
)
from ..layers.base import Layer, named_children
from ..layers.variables import Parameter, Variable
from .layouts import CONVOLUTION, SAME, Dense, Layout

NORMS = {"gamma": "weight", "beta": "bias"}
"""What PyTorch calls the arrays of a norm."""


@dataclass(frozen=True)
class Slot:
    """An array of the model: what it is called there, where it lies here, and its layout there."""

    name: str
    variable: Variable
    layout: Layout


def arrays(prefix: str, layer: Layer, channels: int | None = 1) -> Iterator[Slot]:
    """The arrays that ``layer`` itself holds, under PyTorch's names behind ``prefix``: what is
    trained, and running statistics. ``channels`` are those of a flattened image before it."""
    for attribute, node in vars(layer).items():
        if not isinstance(node, Variable):
            continue
        if isinstance(node, Parameter) or attribute.startswith("running_"):
            yield Slot(
                f"{prefix}.{NORMS.get(attribute, attribute)}".removeprefix("."),
                node,
                _layout(layer, attribute, channels),
            )


def _layout(layer: Layer, attribute: str, channels: int | None) -> Layout:
    if attribute != "weight":
        return SAME
    if isinstance(layer, Conv2d):
        return CONVOLUTION
    if isinstance(layer, Linear):
        if channels is None:
            raise InputError(
                "model: expected a linear layer after layers whose channels are known, received "
                "one that flattens the image of a Graph or of an unknown layer; flatten the image "
                "of a convolution, or average it by GlobalAvgPool2d()"
            )
        return Dense(channels)
    if isinstance(layer, ConvTranspose2d):
        raise InputError("model: expected no ConvTranspose2d, whose weights lie otherwise there")
    return SAME


def named_slots(model: Layer, names: list[tuple[str, Layer]]) -> list[Slot]:
    """The slots of these layers, each under its name."""
    channels = flattened(model)
    return [slot for name, layer in names for slot in arrays(name, layer, channels(layer))]


class flattened:
    """Finds the channels of the flattened image that a linear layer takes; 1 if it is none."""

    def __init__(self, model: Layer) -> None:
        self.found: dict[int, int | None] = {}
        self.flat = False
        self._through(model, 1)

    def __call__(self, layer: Layer) -> int | None:
        return self.found.get(id(layer), 1)

    def _through(self, layer: Layer, channels: int | None) -> int | None:
        """The channels of what ``layer`` makes of an image with ``channels``; None if unknown."""
        match layer:
            case Sequential(layers=layers):
                for inner in layers:
                    channels = self._through(inner, channels)
                return channels
            case Residual(body=body, shortcut=shortcut):
                if shortcut is not None:
                    self._through(shortcut, channels)
                return self._through(body, channels)
            case Parallel(branches=branches, merge=merge):
                each = [self._through(branch, channels) for branch in branches]
                if not isinstance(merge, Concat):
                    return each[0]
                return None if None in each else sum(filter(None, each))
            case Normalize(mean=mean):
                return mean.shape[0]
            case Conv2d() | ConvTranspose2d():
                return layer.out_channels
            case BatchNorm(gamma=gamma):
                return channels if self.flat else gamma.shape[0]
            case Flatten():
                self.flat = True
                return channels
            case GlobalAvgPool2d():
                return 1
            case Linear():
                self.found[id(layer)] = channels if self.flat else 1
                self.flat = False
                return 1
            case Graph() | Maxout():
                return None
        return None if named_children(layer) else channels
