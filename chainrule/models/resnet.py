"""Residual networks, in their forms for small images and for ImageNet's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..declared import checked
from ..errors import InputError
from ..initializers import Normal, he_normal_fan_out
from ..layers import (
    BatchNorm,
    Conv2d,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    Normalize,
    ReLU,
    Residual,
    Sequential,
)
from ..layers.base import Layer
from ..ranges import ImageShape, PositiveInt, Units
from ..require import integer

Stem = Literal["cifar", "imagenet"]
EXPANSION = {"basic": 1, "bottleneck": 4}
"""How many times its width the channels are that a block gives."""


@checked
def resnet18(
    inputs: ImageShape = (32, 32, 3), classes: PositiveInt = 10, *, stem: Stem = "cifar"
) -> Sequential:
    """ResNet-18: ``resnet`` with two basic blocks of each of four widths.

    InputError as of `resnet`. Source: He et al. 2016, "Deep residual learning for image
    recognition", table 1.

    >>> from chainrule.layers import named_parameters
    >>> len(named_parameters(resnet18()))
    62
    """
    return resnet(inputs, classes, stem=stem)


@checked
def resnet34(
    inputs: ImageShape = (32, 32, 3), classes: PositiveInt = 10, *, stem: Stem = "cifar"
) -> Sequential:
    """ResNet-34: ``resnet`` with 3, 4, 6 and 3 basic blocks of its four widths.

    InputError as of `resnet`. Source: He et al. 2016, "Deep residual learning for image
    recognition", table 1.

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(resnet34((224, 224, 3), 1000, stem="imagenet"))
    21797672
    """
    return resnet(inputs, classes, blocks=(3, 4, 6, 3), stem=stem)


@checked
def resnet50(
    inputs: ImageShape = (32, 32, 3), classes: PositiveInt = 10, *, stem: Stem = "cifar"
) -> Sequential:
    """ResNet-50: ``resnet`` with 3, 4, 6 and 3 bottleneck blocks of its four widths.

    InputError as of `resnet`. Source: He et al. 2016, "Deep residual learning for image
    recognition", table 1; the stride is that of the 3x3 convolution, as in Goyal et al. 2017,
    "Accurate, large minibatch SGD", and in torchvision.

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(resnet50((224, 224, 3), 1000, stem="imagenet"))
    25557032
    """
    return resnet(inputs, classes, blocks=(3, 4, 6, 3), block="bottleneck", stem=stem)


@checked
def resnet(
    inputs: ImageShape,
    classes: PositiveInt,
    *,
    blocks: Sequence[PositiveInt] = (2, 2, 2, 2),
    widths: Sequence[Units] = (64, 128, 256, 512),
    block: Literal["basic", "bottleneck"] = "basic",
    stem: Stem = "cifar",
) -> Sequential:
    """normalize -> stem -> stages of residual blocks -> mean over the pixels -> linear

    ``inputs`` is the shape of an image (H, W, C). The stem is a 3x3 convolution with norm and
    ReLU; ``stem="imagenet"`` is one of 7x7 at stride 2 and a max-pooling of 3x3 at stride 2, and
    the layout is torchvision's. Stage i is ``blocks[i]`` blocks of ``widths[i]`` channels; every
    stage but the first halves the sides. A block is

        y = ReLU(f(x) + shortcut(x))        basic: f = norm conv3x3 ReLU norm conv3x3

    where the shortcut is x itself, or norm(conv1x1(x)) where the shape changes. A "bottleneck" is
    a 1x1, a 3x3 and a 1x1 convolution, the last of four times the width. The output is logits
    (N, classes).

    InputError for a number below 1, and unless there are as many blocks as widths.

    Source: He et al. 2016, "Deep residual learning for image recognition"; the 3x3 stem is that
    of its section 4.2 for 32x32 images, the widths are those of its ImageNet models.

    >>> import numpy as np
    >>> model = resnet((16, 16, 3), 10, blocks=(1, 1), widths=(4, 8)).init(0)
    >>> model(np.zeros((2, 16, 16, 3), np.uint8)).shape
    (2, 10)
    """
    _check(inputs, blocks, widths)
    channels = widths[0]
    layers: list[Layer] = [Normalize(inputs[-1]), *_stem(inputs[-1], channels, stem)]
    for stage, (count, width) in enumerate(zip(blocks, widths, strict=True)):
        for i in range(count):
            stride = 2 if stage > 0 and i == 0 else 1
            layers += [_block(channels, width, stride, block), ReLU()]
            channels = width * EXPANSION[block]
    return Sequential(*layers, GlobalAvgPool2d(), Linear(channels, classes, init=Normal(0.01)))


def _stem(channels: int, width: int, stem: str) -> list[Layer]:
    if stem == "cifar":
        return [*_conv_norm(channels, width, 3), ReLU()]
    return [*_conv_norm(channels, width, 7, stride=2), ReLU(), MaxPool2d(3, 2, 1)]


def _block(channels: int, width: int, stride: int, kind: str) -> Residual:
    outputs = width * EXPANSION[kind]
    steps = [(channels, width, 3, stride), (width, width, 3, 1)]
    if kind == "bottleneck":
        steps = [(channels, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)]
    layers = [layer for step in steps for layer in (*_conv_norm(*step), ReLU())]
    body = Sequential(*layers[:-1])
    if stride == 1 and channels == outputs:
        return Residual(body)
    return Residual(body, Sequential(*_conv_norm(channels, outputs, 1, stride)))


def _conv_norm(channels: int, width: int, kernel_size: int, stride: int = 1) -> list[Layer]:
    """A convolution that keeps the sides at stride 1. The norm's shift takes the bias's place."""
    conv = Conv2d(
        channels, width, kernel_size, stride=stride, padding=kernel_size // 2, bias=False,
        init=he_normal_fan_out,
    )  # fmt: skip
    return [conv, BatchNorm(width)]


def _check(inputs: Sequence[int], blocks: Sequence[int], widths: Sequence[int]) -> None:
    if isinstance(inputs, int) or len(inputs) != 3:
        raise InputError(f"inputs: expected the shape of an image (H, W, C), received {inputs}")
    if not len(widths) or len(blocks) != len(widths):
        raise InputError(
            f"blocks and widths: expected one of each for every stage, received {blocks}, {widths}"
        )
    for size in inputs:
        integer(1, inputs=size)
