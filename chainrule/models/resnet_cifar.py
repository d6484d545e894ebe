"""The thin residual networks of He et al. for CIFAR: three stages of 16, 32 and 64 channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..declared import checked
from ..initializers import he_normal_fan_out
from ..layers import (
    GlobalAvgPool2d,
    Linear,
    Normalize,
    ReLU,
    Residual,
    Sequential,
    ZeroPadShortcut,
)
from ..layers.base import Layer
from ..ranges import ImageShape, PositiveInt, Units
from .inputs import images_of
from .resnet import _conv_norm

STAGES = 3


@checked
def resnet20(
    inputs: ImageShape = (32, 32, 3),
    classes: PositiveInt = 10,
    *,
    width: Units = 16,
    shortcut: Literal["A", "B"] = "A",
) -> Sequential:
    """ResNet-20 for CIFAR: nine residual blocks of 16, 32 and 64 channels.

    ``inputs`` is the shape of an image (H, W, C). Three stages have 3 blocks each, of ``width``, 2
    and 4 times as many channels; the second and third halve the sides. A block is

        y = ReLU(norm(conv3x3(ReLU(norm(conv3x3(x))))) + shortcut(x))

    where the shortcut is x itself. Where the shape changes, ``shortcut`` "A", the paper's for
    CIFAR, takes every second pixel and pads the new channels with zeros, without parameters, and
    "B" is norm(conv1x1(x)). The output is logits (N, classes).

    InputError for a number below 1, and an option that cannot be.

    Source: He et al. 2016, "Deep residual learning for image recognition", section 4.2.

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(resnet20())
    269722
    """
    return _resnet("resnet20", inputs, classes, 3, width, shortcut)


@checked
def resnet32(
    inputs: ImageShape = (32, 32, 3),
    classes: PositiveInt = 10,
    *,
    width: Units = 16,
    shortcut: Literal["A", "B"] = "A",
) -> Sequential:
    """ResNet-32 for CIFAR: `resnet20` with 5 blocks in each stage.

    ``inputs`` is the shape of an image (H, W, C), the output is logits (N, classes). InputError
    for a number below 1, and an option that cannot be.

    Source: He et al. 2016, "Deep residual learning for image recognition", section 4.2.

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(resnet32())
    464154
    """
    return _resnet("resnet32", inputs, classes, 5, width, shortcut)


@checked
def resnet56(
    inputs: ImageShape = (32, 32, 3),
    classes: PositiveInt = 10,
    *,
    width: Units = 16,
    shortcut: Literal["A", "B"] = "A",
) -> Sequential:
    """ResNet-56 for CIFAR: `resnet20` with 9 blocks in each stage.

    ``inputs`` is the shape of an image (H, W, C), the output is logits (N, classes). InputError
    for a number below 1, and an option that cannot be.

    Source: He et al. 2016, "Deep residual learning for image recognition", section 4.2.

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(resnet56())
    853018
    """
    return _resnet("resnet56", inputs, classes, 9, width, shortcut)


def _resnet(
    name: str, inputs: Sequence[int], classes: int, blocks: int, width: int, shortcut: str
) -> Sequential:
    *_, colors = images_of(name, inputs, 1)
    layers: list[Layer] = [Normalize(colors), *_conv_norm(colors, width, 3), ReLU()]
    channels = width
    for stage in range(STAGES):
        for i in range(blocks):
            stride = 2 if stage > 0 and i == 0 else 1
            layers += [_block(channels, width << stage, stride, shortcut), ReLU()]
            channels = width << stage
    return Sequential(*layers, GlobalAvgPool2d(), Linear(channels, classes, init=he_normal_fan_out))


def _block(channels: int, width: int, stride: int, shortcut: str) -> Residual:
    body = Sequential(*_conv_norm(channels, width, 3, stride), ReLU(), *_conv_norm(width, width, 3))
    if stride == 1 and channels == width:
        return Residual(body)
    if shortcut == "A":
        return Residual(body, ZeroPadShortcut(channels, width, stride=stride))
    return Residual(body, Sequential(*_conv_norm(channels, width, 1, stride)))
