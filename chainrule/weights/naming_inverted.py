"""The names of MobileNetV2 and EfficientNet-Lite: nets of inverted residual blocks."""

from __future__ import annotations

from collections.abc import Sequence

from ..layers import BatchNorm, Conv2d, Dropout, GlobalAvgPool2d, Linear, ReLU6, Residual
from ..layers.base import Layer
from .naming import Named, alternating

EXPANDED = ("conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3")
PLAIN = ("conv_dw", "bn1", "conv_pw", "bn2")
REPEATS = {16: (1, 2, 2, 3, 3, 4, 1), 17: (1, 2, 3, 4, 3, 3, 1)}
"""Blocks of each stage of EfficientNet-Lite0 and of MobileNetV2, by their number in all."""


def mobilenet_torchvision(layers: Sequence[Layer]) -> Named | None:
    """features.0.0 …, features.1.conv.0.0 …, features.18.0, classifier.1"""
    found = _inverted(layers)
    if found is None or len(found[1]) != 17:  # it has no EfficientNet-Lite
        return None
    stem, blocks, last, head = found
    named = [(f"features.0.{i}", part) for i, part in enumerate(stem)]
    for number, block in enumerate(blocks, 1):
        names = [f"{i // 2}.{i % 2}" for i in range(len(block) - 2)]  # pairs with an activation
        names += [str(len(block) // 2 - 1), str(len(block) // 2)]
        named += [
            (f"features.{number}.conv.{name}", part)
            for name, part in zip(names, block, strict=True)
        ]
    named += [(f"features.{len(blocks) + 1}.{i}", part) for i, part in enumerate(last)]
    return [*named, ("classifier.1", head)]


def inverted_timm(layers: Sequence[Layer]) -> Named | None:
    """conv_stem, bn1, blocks.0.0.conv_dw …, blocks.1.0.conv_pw …, conv_head, bn2, classifier"""
    found = _inverted(layers)
    if found is None or len(found[1]) not in REPEATS:
        return None
    stem, blocks, last, head = found
    named = list(zip(("conv_stem", "bn1"), stem, strict=True))
    places = [(s, b) for s, count in enumerate(REPEATS[len(blocks)]) for b in range(count)]
    for (stage, place), block in zip(places, blocks, strict=True):
        names = EXPANDED if len(block) == len(EXPANDED) else PLAIN
        named += [
            (f"blocks.{stage}.{place}.{name}", part)
            for name, part in zip(names, block, strict=True)
        ]
    named += zip(("conv_head", "bn2"), last, strict=True)
    return [*named, ("classifier", head)]


def efficientnet_pytorch(layers: Sequence[Layer]) -> Named | None:
    """_conv_stem, _bn0, _blocks.1._expand_conv …, _conv_head, _bn1, _fc"""
    found = _inverted(layers)
    if found is None:
        return None
    stem, blocks, last, head = found
    all_names = ("_expand_conv", "_bn0", "_depthwise_conv", "_bn1", "_project_conv", "_bn2")
    named = list(zip(("_conv_stem", "_bn0"), stem, strict=True))
    for number, block in enumerate(blocks):
        named += [
            (f"_blocks.{number}.{name}", part)
            for name, part in zip(all_names[-len(block) :], block, strict=True)
        ]
    named += zip(("_conv_head", "_bn1"), last, strict=True)
    return [*named, ("_fc", head)]


def _inverted(
    layers: Sequence[Layer],
) -> tuple[list[Layer], list[list[Layer]], list[Layer], Layer] | None:
    """(stem, blocks, last convolution, head) of a net of inverted residual blocks."""
    match [layer for layer in layers if not isinstance(layer, (ReLU6, Dropout))]:
        case [
            Conv2d() as stem, BatchNorm() as stem_norm, *blocks,
            Conv2d() as last, BatchNorm() as last_norm, GlobalAvgPool2d(), Linear() as head,
        ]:  # fmt: skip
            pass
        case _:
            return None
    bodies = [layer.body if isinstance(layer, Residual) else layer for layer in blocks]
    parts = [alternating(body, ReLU6) for body in bodies]
    found = [part for part in parts if part is not None and len(part) in (4, 6)]
    if len(found) != len(blocks) or not found:
        return None
    return [stem, stem_norm], found, [last, last_norm], head
