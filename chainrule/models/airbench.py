"""The net of the fastest trainings on CIFAR-10: it starts from whitened patches and identities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from ..declared import checked
from ..errors import InputError
from ..initializers import Dirac, Uniform
from ..layers import (
    ACTIVATIONS,
    BatchNorm,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Normalize,
    Scale,
    Sequential,
    WhiteningConv2d,
)
from ..layers.base import Layer
from ..ranges import ImageShape, OneOf, PositiveFloat, PositiveInt, Units
from .inputs import images_of

IDENTITY = Dirac(rest=1 / 3)
UNIT = Uniform(math.sqrt(3))
"""Of standard deviation 1."""


@checked
def airbench(
    inputs: ImageShape = (32, 32, 3),
    classes: PositiveInt = 10,
    *,
    widths: Sequence[Units] = (64, 256, 256),
    activation: Annotated[str, OneOf(ACTIVATIONS)] = "gelu",
    logit_scale: PositiveFloat = 1 / 256,
) -> Sequential:
    """airbench94: frozen whitening 2x2, then three blocks of two 3x3 convolutions.

        block(c) = conv 3x3 -> max-pool 2 -> norm -> GELU -> conv 3x3 -> norm -> GELU
        whitening -> GELU -> block(64) -> block(256) -> block(256) -> max over the pixels -> linear

    ``inputs`` is the shape of an image (H, W, C), ``widths`` are the channels c of the blocks. The
    whitening filters are measured on the training images (`WhiteningConv2d`) and not trained, its
    bias is. The other convolutions have no bias and start as the identity of as many channels as
    they have (`Dirac`), the rest of their filters as in PyTorch. Norms are batch norms without
    scale, of momentum 0.6. The linear layer has no bias and starts from weights of standard
    deviation 1; the logits (N, classes) are multiplied by ``logit_scale``.

    ``docs/models.md`` has the settings of its published training in 8 epochs.

    InputError for a number below 1, no widths, and images that are too small for so many blocks.

    Source: Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU", in the form of its
    airbench94_muon.

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(airbench())
    1971352
    """
    if not len(widths):
        raise InputError("widths: expected one number or more, received none")
    h, w, colors = images_of("airbench", inputs, 1 + 2 ** len(widths))
    whitening = WhiteningConv2d(colors, 2)
    layers: list[Layer] = [Normalize(colors), whitening, ACTIVATIONS[activation]()]
    channels = whitening.weight.shape[-1]
    for width in widths:
        layers += [_conv(channels, width), MaxPool2d(2), *_norm(width, activation)]
        layers += [_conv(width, width), *_norm(width, activation)]
        channels = width
    left = ((h - 1) >> len(widths), (w - 1) >> len(widths))
    head = Linear(channels, classes, bias=False, init=UNIT)
    return Sequential(*layers, MaxPool2d(left), Flatten(), head, Scale(logit_scale))


def _conv(channels: int, width: int) -> Conv2d:
    return Conv2d(channels, width, 3, padding=1, bias=False, init=IDENTITY)


def _norm(width: int, activation: str) -> list[Layer]:
    return [BatchNorm(width, momentum=0.6, eps=1e-12, scale=False), ACTIVATIONS[activation]()]
