"""MobileNetV2."""

from __future__ import annotations

from ..declared import checked
from ..initializers import Normal
from ..layers import BatchNorm, Dropout, GlobalAvgPool2d, Linear, Normalize, ReLU6, Sequential
from ..layers.base import Layer
from ..ranges import DropRate, ImageShape, PositiveFloat, PositiveInt
from .convnet import image_shape
from .inverted_residual import conv_norm, inverted_residual

STAGES = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
    (6, 320, 1, 1),
)  # fmt: skip
"""Expansion, channels, blocks, and stride of the first of them: the paper's table 2."""


@checked
def mobilenet_v2(
    inputs: ImageShape = (224, 224, 3),
    classes: PositiveInt = 1000,
    *,
    width_mult: PositiveFloat = 1.0,
    dropout: DropRate = 0.2,
) -> Sequential:
    """MobileNetV2: stem -> 17 inverted residual blocks -> 1x1 convolution -> mean -> linear

    ``inputs`` is the shape of an image (H, W, C) of any size; the sides are halved five times.
    ``width_mult`` multiplies the channels, which stay multiples of 8. The layout is torchvision's.
    The output is logits (N, classes).

    InputError for a number out of its range.

    Source: Sandler et al. 2018, "MobileNetV2: inverted residuals and linear bottlenecks".

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(mobilenet_v2((224, 224, 3), 1000))
    3504872
    """
    _, _, image_channels = image_shape(inputs)
    channels = divisible(32 * width_mult)
    last = divisible(1280 * max(1.0, width_mult))
    stem = conv_norm(image_channels, channels, 3, 2, norm=BatchNorm)
    layers: list[Layer] = [Normalize(image_channels), *stem, ReLU6()]
    for expansion, width, blocks, first_stride in STAGES:
        width = divisible(width * width_mult)
        for i in range(blocks):
            stride = first_stride if i == 0 else 1
            layers.append(inverted_residual(channels, width, 3, stride, expansion, norm=BatchNorm))
            channels = width
    layers += [*conv_norm(channels, last, 1, norm=BatchNorm), ReLU6(), GlobalAvgPool2d()]
    layers += [Dropout(dropout)] if dropout else []
    return Sequential(*layers, Linear(last, classes, init=Normal(0.01)))


def divisible(channels: float, by: int = 8) -> int:
    """The multiple of ``by`` nearest to ``channels``, at least ``by`` and not 10 % below it."""
    nearest = max(by, int(channels + by / 2) // by * by)
    return nearest + by if nearest < 0.9 * channels else nearest
