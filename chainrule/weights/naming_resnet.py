"""The names of residual networks."""

from __future__ import annotations

from collections.abc import Sequence

from ..layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
)
from ..layers.base import Layer
from .naming import Named, alternating, holds_arrays


def resnet(layers: Sequence[Layer]) -> Named | None:
    """torchvision and timm: conv1, bn1, layer1.0.conv1 …, layer1.0.downsample.0 …, fc"""
    match layers:
        case [Conv2d() as conv, BatchNorm() as norm, ReLU(), *blocks, Linear() as head]:
            named: Named = [("conv1", conv), ("bn1", norm)]
        case _:
            return None
    stage = block = 0
    for layer in blocks:
        if not isinstance(layer, Residual):
            if isinstance(layer, (ReLU, MaxPool2d, GlobalAvgPool2d, Dropout)):
                continue
            return None
        body = alternating(layer.body, ReLU)
        if body is None:
            return None
        convolutions = body[::2]
        if stage == 0 or any(getattr(conv, "stride", 1) != 1 for conv in convolutions):
            stage, block = stage + 1, 0
        prefix = f"layer{stage}.{block}"
        named += [
            (f"{prefix}.{'bn' if i % 2 else 'conv'}{i // 2 + 1}", part)
            for i, part in enumerate(body)
        ]
        if layer.shortcut is not None and holds_arrays(layer.shortcut):
            shortcut = alternating(layer.shortcut, ReLU)
            if shortcut is None or len(shortcut) != 2:
                return None
            named += [(f"{prefix}.downsample.{i}", part) for i, part in enumerate(shortcut)]
        block += 1
    return [*named, ("fc", head)] if stage else None
