"""The names of nets in the style of VGG."""

from __future__ import annotations

from collections.abc import Sequence

from ..layers import (
    AdaptiveAvgPool2d,
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
)
from ..layers.base import Layer
from .naming import Named


def vgg_torchvision(layers: Sequence[Layer]) -> Named | None:
    """features.0, features.1 …, classifier.0, classifier.3, classifier.6"""
    found = _vgg(layers)
    if found is None:
        return None
    features, linear = found
    return [*features, *((f"classifier.{3 * i}", layer) for i, layer in enumerate(linear))]


def vgg_timm(layers: Sequence[Layer]) -> Named | None:
    """features.0, features.1 …, pre_logits.fc1, pre_logits.fc2, head.fc"""
    found = _vgg(layers)
    if found is None or len(found[1]) != 3:
        return None
    features, linear = found
    return [*features, *zip(("pre_logits.fc1", "pre_logits.fc2", "head.fc"), linear, strict=True)]


def _vgg(layers: Sequence[Layer]) -> tuple[Named, list[Layer]] | None:
    """Convolutions by their place in torchvision's ``features``, and the linear layers."""
    kinds = [type(layer) for layer in layers]
    if Flatten not in kinds:
        return None
    end = kinds.index(Flatten)
    features = {Conv2d, BatchNorm, ReLU, MaxPool2d, AdaptiveAvgPool2d}
    if not (
        features >= set(kinds[:end])
        and {Linear, ReLU, Dropout} >= set(kinds[end + 1 :])
        and Conv2d in kinds
    ):
        return None
    named: Named = [
        (f"features.{place}", layer)
        for place, layer in enumerate(layers[:end])
        if isinstance(layer, (Conv2d, BatchNorm))
    ]
    return named, [layer for layer in layers[end:] if isinstance(layer, Linear)]
