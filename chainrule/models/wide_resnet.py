"""Wide residual networks: fewer layers of more channels."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ..declared import checked
from ..errors import InputError
from ..initializers import Normal, he_normal_fan_out
from ..layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    GlobalAvgPool2d,
    Linear,
    Normalize,
    ReLU,
    Residual,
    Sequential,
)
from ..layers.base import Layer
from ..ranges import Fraction, ImageShape, PositiveInt, Units
from .inputs import images_of

Depth = Annotated[int, Meta(ge=10, le=1000, description="6 n + 4 layers, from 10 to 1000")]

STEM = 16
WIDTHS = (16, 32, 64)


@checked
def wide_resnet(
    inputs: ImageShape = (32, 32, 3),
    classes: PositiveInt = 10,
    *,
    depth: Depth = 16,
    width: Units = 8,
    dropout: Fraction = 0.0,
) -> Sequential:
    """WRN-16-8: residual blocks of 128, 256 and 512 channels.

    ``inputs`` is the shape of an image (H, W, C). WRN-d-k has ``depth`` d and ``width`` k, and
    blocks of 16k, 32k and 64k channels. After a 3x3 convolution to 16 channels each of
    three stages has (d - 4) / 6 blocks; the second and third halve the sides. Norms stand before
    the convolutions:

        y = conv3x3(dropout(ReLU(norm(conv3x3(ReLU(norm(x))))))) + x

    and where the shape changes both branches take ReLU(norm(x)), the shortcut by a 1x1
    convolution. A last norm and ReLU, the mean over the pixels and a linear layer follow. The
    output is logits (N, classes).

    The default, WRN-16-8, is one that a CPU can train; WRN-28-10, the paper's best known, is
    ``depth=28, width=10``.

    InputError for a number below 1, and a depth that is not 4 more than a multiple of 6.

    Source: Zagoruyko and Komodakis 2016, "Wide residual networks".

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(wide_resnet())
    10961370
    """
    *_, colors = images_of("wide_resnet", inputs, 1)
    blocks, rest = divmod(depth - 4, 6)
    if rest:
        raise InputError(f"depth: expected 10, 16, 22, 28 or so on (6 n + 4), received {depth}")
    layers: list[Layer] = [Normalize(colors), _conv(colors, STEM)]
    channels = STEM
    for stage, each in enumerate(WIDTHS):
        for i in range(blocks):
            stride = 2 if stage > 0 and i == 0 else 1
            layers += _block(channels, each * width, stride, dropout)
            channels = each * width
    head = Linear(channels, classes, init=Normal(0.01))
    return Sequential(*layers, BatchNorm(channels), ReLU(), GlobalAvgPool2d(), head)


def _block(channels: int, width: int, stride: int, dropout: float) -> list[Layer]:
    first: list[Layer] = [BatchNorm(channels), ReLU()]
    rest = [
        _conv(channels, width, stride), BatchNorm(width), ReLU(),
        *([Dropout(dropout)] if dropout else []), _conv(width, width),
    ]  # fmt: skip
    if stride == 1 and channels == width:
        return [Residual(Sequential(*first, *rest))]
    shortcut = Conv2d(channels, width, 1, stride=stride, bias=False, init=he_normal_fan_out)
    return [*first, Residual(Sequential(*rest), shortcut)]


def _conv(channels: int, width: int, stride: int = 1) -> Conv2d:
    return Conv2d(channels, width, 3, stride=stride, padding=1, bias=False, init=he_normal_fan_out)
