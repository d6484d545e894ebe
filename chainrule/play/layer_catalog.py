"""The catalogue: every public layer with arguments and a shape that show what it does."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from .. import layers
from ..errors import InputError, did_you_mean
from ..layers import Layer
from ..printable import received
from ..types import Shape

GIVEN: dict[str, dict[str, Any]] = {
    "AdaptiveAvgPool2d": {"output_size": 2},
    "AvgPool2d": {"kernel_size": 2},
    "BatchNorm": {"channels": 2},
    "Conv2d": {"in_channels": 1, "out_channels": 2, "kernel_size": 3},
    "ConvTranspose2d": {"in_channels": 1, "out_channels": 1, "kernel_size": 3, "stride": 2},
    "Dropout": {"rate": 0.5},
    "DropPath": {"rate": 0.5},
    "GroupNorm": {"channels": 4, "groups": 2},
    "InstanceNorm": {"channels": 2},
    "LayerNorm": {"normalized_shape": 4},
    "Linear": {"in_features": 3, "out_features": 2},
    "Maxout": {"in_features": 3, "out_features": 2},
    "MaxPool2d": {"kernel_size": 2},
    "Scale": {"factor": 0.5},
    "SpatialDropout": {"rate": 0.5},
    "SqueezeExcitation": {"channels": 4, "reduction": 2},
    "SwitchableNorm": {"channels": 2},
    "WhiteningConv2d": {"in_channels": 1},
    "ZeroPadShortcut": {"in_channels": 2, "out_channels": 4, "stride": 2},
}
"""Arguments of the layers that cannot be made without."""

BUILT: dict[str, Callable[..., Layer]] = {
    "Graph": lambda: layers.Graph(
        {
            "left": (layers.Linear(3, 2), "input"),
            "right": (layers.Linear(3, 2), "input"),
            "act": (layers.Tanh(), "right"),
            "sum": (layers.Add(), "left", "act"),
        }
    ),
    "Parallel": lambda: layers.Parallel(
        layers.Linear(3, 2), layers.Sequential(layers.Linear(3, 2), layers.Tanh())
    ),
    "Residual": lambda: layers.Residual(
        layers.Sequential(layers.Linear(3, 4), layers.Tanh(), layers.Linear(4, 3))
    ),
    "Sequential": lambda: layers.Sequential(
        layers.Linear(3, 4), layers.Tanh(), layers.Linear(4, 2)
    ),
    "WeightStandardization": lambda **options: layers.WeightStandardization(
        layers.Linear(4, 3), **options
    ),
}
"""Layers made of layers."""

SHAPES: dict[str, Shape] = {
    "AdaptiveAvgPool2d": (1, 5, 5, 1),
    "AvgPool2d": (1, 4, 4, 1),
    "BatchNorm": (4, 2),
    "Conv2d": (1, 5, 5, 1),
    "ConvTranspose2d": (1, 3, 3, 1),
    "GlobalAvgPool2d": (1, 3, 3, 2),
    "InstanceNorm": (1, 3, 3, 2),
    "Linear": (2, 3),
    "MaxPool2d": (1, 4, 4, 1),
    "Normalize": (1, 2, 3, 1),
    "PReLU": (2, 4),
    "SwitchableNorm": (2, 2, 2, 2),
    "WhiteningConv2d": (1, 4, 4, 1),
    "ZeroPadShortcut": (1, 4, 4, 2),
}

GROUPS: dict[str, tuple[str, ...]] = {
    "linear": ("Linear", "Flatten", "Scale", "Normalize"),
    "convolution": ("Conv2d", "ConvTranspose2d", "WhiteningConv2d", "WeightStandardization"),
    "pooling": ("MaxPool2d", "AvgPool2d", "GlobalAvgPool2d", "AdaptiveAvgPool2d"),
    "normalization": ("BatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm", "SwitchableNorm"),
    "dropout": ("Dropout", "SpatialDropout", "DropPath"),
    "merging": ("Add", "Concat", "Multiply"),
    "composed": ("Sequential", "Residual", "Parallel", "Graph", "SqueezeExcitation",
                 "ZeroPadShortcut"),
}  # fmt: skip
"""Where a layer stands in the list of the page; all others are activations."""


def known() -> dict[str, type[Layer]]:
    """Every public layer by name."""
    offered = ((name, getattr(layers, name)) for name in dir(layers))
    return {
        name: kind
        for name, kind in sorted(offered)
        if isinstance(kind, type) and issubclass(kind, Layer) and not inspect.isabstract(kind)
    }


def kind_of(name: Any) -> type[Layer]:
    """The layer of this name. InputError for any other."""
    found = known()
    if not isinstance(name, str) or name not in found:
        near = did_you_mean(name, found) if isinstance(name, str) else ""
        raise InputError(f"layer: expected the name of a layer, received {received(name)}{near}")
    return found[name]


def group_of(name: str) -> str:
    """The group of a layer in the list."""
    return next((group for group, names in GROUPS.items() if name in names), "activations")


def fixed(name: str) -> bool:
    """Whether a layer is shown as it is built here, without options."""
    return name in BUILT and not inspect.signature(BUILT[name]).parameters


def build(name: str, options: Mapping[str, Any]) -> Layer:
    """The layer with these arguments. InputError where they do not go together."""
    return BUILT.get(name, kind_of(name))(**options)
