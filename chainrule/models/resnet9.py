"""The residual network of nine layers that won DAWNBench's race on CIFAR-10."""

from __future__ import annotations

from ..declared import checked
from ..initializers import VarianceScaling
from ..layers import (
    BatchNorm,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Normalize,
    ReLU,
    Residual,
    Scale,
    Sequential,
)
from ..layers.base import Layer
from ..ranges import ImageShape, PositiveFloat, PositiveInt, Units
from .inputs import images_of

UNIFORM = VarianceScaling(1 / 3, "fan_in", "uniform")
"""U(-1/√fan_in, 1/√fan_in), what PyTorch starts convolutions and linear layers from."""


@checked
def resnet9(
    inputs: ImageShape = (32, 32, 3),
    classes: PositiveInt = 10,
    *,
    width: Units = 64,
    logit_scale: PositiveFloat = 0.125,
) -> Sequential:
    """ResNet-9: four 3x3 convolutions and two residual blocks.

        block(c) = [conv 3x3 -> batch norm -> ReLU], to c channels
        block(w) -> block(2w) -> pool 2 -> x + block(block(x))
                 -> block(4w) -> pool 2
                 -> block(8w) -> pool 2 -> x + block(block(x)) -> max over the pixels -> linear

    ``inputs`` is the shape of an image (H, W, C), w is ``width``. No layer has a bias but the
    norms, and the logits (N, classes) are multiplied by ``logit_scale``.

    InputError for a number below 1, a scale of 0 or less, and images below 8x8 pixels.

    Source: Page 2018, "How to train your ResNet", whose net led Stanford's DAWNBench (Coleman et
    al. 2017).

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(resnet9())
    6573120
    """
    h, w, channels = images_of("resnet9", inputs, 8)
    last = 8 * width
    return Sequential(
        Normalize(channels),
        *_block(channels, width),
        *_block(width, 2 * width), MaxPool2d(2), _residual(2 * width),
        *_block(2 * width, 4 * width), MaxPool2d(2),
        *_block(4 * width, last), MaxPool2d(2), _residual(last),
        MaxPool2d((h // 8, w // 8)), Flatten(),
        Linear(last, classes, bias=False, init=UNIFORM), Scale(logit_scale),
    )  # fmt: skip


def _block(channels: int, width: int) -> list[Layer]:
    conv = Conv2d(channels, width, 3, padding=1, bias=False, init=UNIFORM)
    return [conv, BatchNorm(width), ReLU()]


def _residual(width: int) -> Residual:
    return Residual(Sequential(*_block(width, width), *_block(width, width)))
