"""SqueezeNet 1.1."""

from __future__ import annotations

from ..declared import checked
from ..errors import InputError
from ..layers import (
    Concat,
    Conv2d,
    Dropout,
    GlobalAvgPool2d,
    MaxPool2d,
    Normalize,
    Parallel,
    ReLU,
    Sequential,
)
from ..layers.base import Layer
from ..ranges import DropRate, ImageShape, PositiveInt
from .convnet import SMALL, image_shape

FIRES = (((16, 64), (16, 64)), ((32, 128), (32, 128)), ((48, 192), (48, 192), (64, 256), (64, 256)))
"""(squeezed channels, channels of each branch) of the fire modules after each of three poolings."""
SMALLEST = 17
"""Pixels of a side that leave one after the last pooling."""


@checked
def squeezenet1_1(
    inputs: ImageShape = (224, 224, 3), classes: PositiveInt = 1000, *, dropout: DropRate = 0.5
) -> Sequential:
    """SqueezeNet 1.1: stem -> eight fire modules -> 1x1 convolution -> ReLU -> mean of the pixels

    ``inputs`` is the shape of an image (H, W, C) with sides of 17 pixels or more. A fire module
    squeezes the channels by a 1x1 convolution and puts a 1x1 and a 3x3 convolution of what is left
    side by side. There is no linear layer: the last convolution has one output for each class. The
    layout is torchvision's. The output is logits (N, classes), none below 0.

    InputError for a number out of its range, and for images that are too small.

    Source: Iandola et al. 2016, "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and
    <0.5MB model size"; 1.1 is the authors' later form, of 2.4 times fewer operations.

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(squeezenet1_1((224, 224, 3), 1000))
    1235496
    """
    h, w, image_channels = image_shape(inputs)
    if min(h, w) < SMALLEST:
        raise InputError(
            f"inputs: expected images of {SMALLEST}x{SMALLEST} pixels or more, received {h}x{w}"
        )
    channels = 64
    layers: list[Layer] = [Normalize(image_channels), Conv2d(image_channels, channels, 3, stride=2)]
    layers.append(ReLU())
    for fires in FIRES:
        layers.append(MaxPool2d(3, 2, ceil_mode=True))
        for squeezed, width in fires:
            layers.append(_fire(channels, squeezed, width))
            channels = 2 * width
    layers += [Dropout(dropout)] if dropout else []
    head = Conv2d(channels, classes, 1, init=SMALL)
    return Sequential(*layers, head, ReLU(), GlobalAvgPool2d())


def _fire(channels: int, squeezed: int, width: int) -> Sequential:
    return Sequential(
        Conv2d(channels, squeezed, 1),
        ReLU(),
        Parallel(
            Sequential(Conv2d(squeezed, width, 1), ReLU()),
            Sequential(Conv2d(squeezed, width, 3, padding=1), ReLU()),
            merge=Concat(),
        ),
    )
