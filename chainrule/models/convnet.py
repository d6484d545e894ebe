"""The small convolutional net of two or more blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

from ..declared import checked
from ..errors import InputError
from ..initializers import Normal, he_normal_fan_out
from ..layers import (
    BatchNorm,
    Conv2d,
    Flatten,
    GroupNorm,
    InstanceNorm,
    Linear,
    MaxPool2d,
    Normalize,
    ReLU,
    Sequential,
    SwitchableNorm,
)
from ..layers.base import Layer
from ..layers.variables import Initializer
from ..ranges import ImageShape, PositiveInt, Units
from ..require import integer

SMALL = Normal(0.01)

NORMS: dict[str, Callable[[int], Layer]] = {
    "batch": BatchNorm,
    "layer": lambda channels: GroupNorm(channels, groups=1),
    "instance": InstanceNorm,
    "group": lambda channels: GroupNorm(channels, groups=math.gcd(32, channels)),
    "switchable": SwitchableNorm,
}


@checked
def convnet(
    inputs: ImageShape,
    classes: PositiveInt,
    *,
    filters: Sequence[Units] = (32, 32),
    norm: Literal["batch", "layer", "instance", "group", "switchable"] | None = "batch",
    init: Initializer = he_normal_fan_out,
    linear_init: Initializer = SMALL,
) -> Sequential:
    """normalize -> [conv 3x3 -> norm -> ReLU -> max-pool 2] for each of filters -> linear

    ``inputs`` is the shape of an image (H, W, C). The first convolution keeps its sides (padding
    1), the others shorten them by 2 (padding 0): 32x32 images become 16, 14 and 7 pixels wide,
    so that two blocks of 32 filters end in 7 · 7 · 32 = 1568 numbers. ``norm`` is one of `NORMS`:
    "layer" is over a whole image with a scale a channel, "group" of up to 32 groups. With it,
    convolutions have no bias: the norm's shift takes its place. They start from He's
    N(0, 2 / fan_out), the linear layer from N(0, 0.01²). The output is logits (N, classes).

    InputError for a number below 1, no filters, and images that are too small for so many blocks.

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition"; Ioffe and
    Szegedy 2015, "Batch normalization".

    >>> import numpy as np
    >>> model = convnet((16, 16, 3), 10, filters=(4, 4)).init(0)
    >>> model(np.zeros((2, 16, 16, 3), np.uint8)).shape
    (2, 10)
    """
    h, w, channels = image_shape(inputs)
    if not len(filters):
        raise InputError("filters: expected one number or more, received none")
    layers: list[Layer] = [Normalize(channels)]
    for i, (n_in, n_out) in enumerate(pairwise((channels, *filters))):
        padding = 1 if i == 0 else 0
        layers.append(Conv2d(n_in, n_out, 3, padding=padding, bias=norm is None, init=init))
        layers += [NORMS[norm](n_out)] if norm else []
        layers += [ReLU(), MaxPool2d(2)]
        h, w = ((side + 2 * padding - 2) // 2 for side in (h, w))
    if min(h, w) < 1:
        raise InputError(
            f"inputs: {len(filters)} convolutions and poolings leave nothing of images of "
            f"{inputs[0]}x{inputs[1]} pixels"
        )
    return Sequential(*layers, Flatten(), Linear(h * w * filters[-1], classes, init=linear_init))


def image_shape(inputs: Sequence[int]) -> tuple[int, int, int]:
    """(H, W, C), checked. InputError if ``inputs`` is not the shape of an image."""
    if isinstance(inputs, int) or len(inputs) != 3:
        raise InputError(f"inputs: expected the shape of an image (H, W, C), received {inputs}")
    h, w, c = inputs
    for size in (h, w, c):
        integer(1, inputs=size)
    return h, w, c
