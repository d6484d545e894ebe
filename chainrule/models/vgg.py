"""Nets in the style of VGG: blocks of 3x3 convolutions, halved by pooling, then linear layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..declared import checked
from ..errors import InputError
from ..initializers import he_normal_fan_out
from ..layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Normalize,
    ReLU,
    Sequential,
)
from ..layers.base import Layer
from ..layers.variables import Initializer
from ..ranges import Fraction, ImageShape, PositiveInt, Units
from .convnet import SMALL, image_shape


@checked
def vgg(
    inputs: ImageShape,
    classes: PositiveInt,
    *,
    blocks: Sequence[Sequence[Units]] = ((64, 64), (128, 128), (256, 256)),
    hidden: Sequence[Units] = (512,),
    norm: Literal["batch"] | None = "batch",
    dropout: Fraction = 0.5,
    init: Initializer = he_normal_fan_out,
    linear_init: Initializer = SMALL,
) -> Sequential:
    """[[conv 3x3 -> norm -> ReLU]* -> max-pool 2]* -> [linear -> norm -> ReLU]* -> linear

    ``inputs`` is the shape of an image (H, W, C). Each block lists the filters of its
    convolutions, which keep the sides (padding 1); its pooling halves them. ``hidden`` are the
    sizes of the linear layers between the last block and the logits, each followed by norm, ReLU
    and ``dropout``. ``norm`` is "batch" or None; with it, the convolutions have no bias.

    Convolutions start from He's N(0, 2 / fan_out), linear layers from N(0, 0.01²). The output is
    logits (N, classes).

    InputError for a number below 1, an empty block, and images that are too small for so many
    blocks.

    Source: Simonyan and Zisserman 2015, "Very deep convolutional networks for large-scale image
    recognition".

    >>> import numpy as np
    >>> model = vgg((8, 8, 1), 10, blocks=((4,), (8,)), hidden=(16,)).init(0)
    >>> model(np.zeros((2, 8, 8, 1), np.uint8)).shape
    (2, 10)
    """
    h, w, channels = image_shape(inputs)
    layers: list[Layer] = [Normalize(channels)]
    for block in blocks:
        if not block:
            raise InputError(f"blocks: expected filters in every block, received {blocks}")
        for filters in block:
            conv = Conv2d(channels, filters, 3, padding=1, bias=norm is None, init=init)
            layers += [conv, *_norm(norm, filters), ReLU()]
            channels = filters
        layers.append(MaxPool2d(2))
        h, w = h // 2, w // 2
    if min(h, w) < 1:
        raise InputError(
            f"inputs: {len(blocks)} poolings leave nothing of images of "
            f"{inputs[0]}x{inputs[1]} pixels"
        )
    layers.append(Flatten())
    features = h * w * channels
    for size in hidden:
        layers += [Linear(features, size, init=linear_init), *_norm(norm, size), ReLU()]
        layers += [Dropout(dropout)] if dropout else []
        features = size
    return Sequential(*layers, Linear(features, classes, init=linear_init))


def _norm(norm: str | None, channels: int) -> list[Layer]:
    return [BatchNorm(channels)] if norm else []
