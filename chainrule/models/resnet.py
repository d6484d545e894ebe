"""Residual networks for small images."""

from __future__ import annotations

from collections.abc import Sequence

from ..declared import checked
from ..errors import InputError
from ..initializers import Normal, he_normal_fan_out
from ..layers import (
    BatchNorm,
    Conv2d,
    GlobalAvgPool2d,
    Linear,
    Normalize,
    ReLU,
    Residual,
    Sequential,
)
from ..layers.base import Layer
from ..ranges import ImageShape, PositiveInt, Units
from ..require import integer


def resnet18(inputs: Sequence[int] = (32, 32, 3), classes: int = 10) -> Sequential:
    """ResNet-18 in its form for CIFAR: ``resnet`` with two blocks of each of four widths.

    >>> from chainrule.layers import named_parameters
    >>> len(named_parameters(resnet18()))
    62
    """
    return resnet(inputs, classes)


@checked
def resnet(
    inputs: ImageShape,
    classes: PositiveInt,
    *,
    blocks: Sequence[PositiveInt] = (2, 2, 2, 2),
    widths: Sequence[Units] = (64, 128, 256, 512),
) -> Sequential:
    """normalize -> 3x3 stem -> stages of basic blocks -> mean over the pixels -> linear

    ``inputs`` is the shape of an image (H, W, C). Stage i is ``blocks[i]`` blocks of
    ``widths[i]`` channels; every stage but the first halves the sides. A block is

        y = ReLU(norm(conv3x3(ReLU(norm(conv3x3(x))))) + shortcut(x))

    where the shortcut is x itself, or norm(conv1x1(x)) where the shape changes. The output is
    logits (N, classes).

    InputError for a number below 1, and unless there are as many blocks as widths.

    Source: He et al. 2016, "Deep residual learning for image recognition"; stem and strides for
    32x32 images as in its section 4.2, the widths those of its ImageNet models.

    >>> import numpy as np
    >>> model = resnet((16, 16, 3), 10, blocks=(1, 1), widths=(4, 8)).init(0)
    >>> model(np.zeros((2, 16, 16, 3), np.uint8)).shape
    (2, 10)
    """
    _check(inputs, blocks, widths)
    channels = widths[0]
    layers: list[Layer] = [Normalize(inputs[-1]), *_conv_norm(inputs[-1], channels, 3), ReLU()]
    for stage, (count, width) in enumerate(zip(blocks, widths, strict=True)):
        for i in range(count):
            stride = 2 if stage > 0 and i == 0 else 1
            layers += [_block(channels, width, stride), ReLU()]
            channels = width
    return Sequential(*layers, GlobalAvgPool2d(), Linear(channels, classes, init=Normal(0.01)))


def _block(channels: int, width: int, stride: int) -> Residual:
    body = Sequential(*_conv_norm(channels, width, 3, stride), ReLU(), *_conv_norm(width, width, 3))
    if stride == 1 and channels == width:
        return Residual(body)
    return Residual(body, Sequential(*_conv_norm(channels, width, 1, stride)))


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
