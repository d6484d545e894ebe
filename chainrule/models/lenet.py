"""LeNet-5, the net that read checks, as it is built today."""

from __future__ import annotations

from typing import Annotated, Literal

from ..declared import checked
from ..layers import (
    ACTIVATIONS,
    AvgPool2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Normalize,
    Sequential,
)
from ..ranges import ImageShape, OneOf, PositiveInt
from .inputs import images_of

POOLS = {"max": MaxPool2d, "avg": AvgPool2d}
SIDE = 32
"""Of the images of 1998, whose digits of 28x28 pixels lay in the middle."""


@checked
def lenet5(
    inputs: ImageShape = (28, 28, 1),
    classes: PositiveInt = 10,
    *,
    activation: Annotated[str, OneOf(ACTIVATIONS)] = "relu",
    pool: Literal["max", "avg"] = "max",
) -> Sequential:
    """LeNet-5: two 5x5 convolutions with pooling, three linear layers.

    The convolutions have 6 and 16 filters, the hidden layers 120 and 84 units. ``inputs`` is the
    shape of an image (H, W, C); where a side is below 32, the first convolution
    pads by 2, so that 28x28 pixels lead to 5x5 maps as in 1998. The output is logits (N, classes).

    What differs from the paper, as in most code today: ReLU instead of a scaled tanh
    (``activation="tanh"``), max pooling instead of means with a trained factor and bias
    (``pool="avg"``, without the two), every map of the second convolution sees all six of the
    first, and softmax of a linear layer instead of radial basis functions.

    InputError for a number below 1, images below 12x12 pixels, and an option that cannot be.

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition".

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(lenet5())
    61706
    """
    h, w, channels = images_of("lenet5", inputs, 12)
    padding = 2 if min(h, w) < SIDE else 0
    act, pooled = ACTIVATIONS[activation], POOLS[pool]
    sides = [((side + 2 * padding - 4) // 2 - 4) // 2 for side in (h, w)]
    return Sequential(
        Normalize(channels),
        Conv2d(channels, 6, 5, padding=padding), act(), pooled(2),
        Conv2d(6, 16, 5), act(), pooled(2),
        Flatten(),
        Linear(16 * sides[0] * sides[1], 120), act(),
        Linear(120, 84), act(),
        Linear(84, classes),
    )  # fmt: skip
