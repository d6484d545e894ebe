"""VGG as it was made for ImageNet, layer for layer as in torchvision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from ..declared import checked
from ..initializers import Normal, he_normal_fan_out
from ..layers import (
    AdaptiveAvgPool2d,
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
from ..ranges import Fraction, ImageShape, PositiveInt, Units
from .inputs import images_of

PoolSize = Annotated[int, Meta(ge=1, le=100)]
Widths = tuple[Units, Units, Units, Units, Units]

WIDTHS = (64, 128, 256, 512, 512)
DEPTHS = {"vgg11": (1, 1, 2, 2, 2), "vgg13": (2, 2, 2, 2, 2), "vgg16": (2, 2, 3, 3, 3)}
"""Convolutions in each of the five blocks; with the three linear layers they give the name."""


@checked
def vgg11(
    inputs: ImageShape = (224, 224, 3),
    classes: PositiveInt = 1000,
    *,
    widths: Widths = WIDTHS,
    hidden: Sequence[Units] = (4096, 4096),
    pool_size: PoolSize = 7,
    dropout: Fraction = 0.5,
) -> Sequential:
    """VGG-11: eight 3x3 convolutions, three linear layers.

    It is configuration A of the paper, with a pooling after each of five blocks of ``widths``
    channels. ``inputs`` is the shape of an image (H, W, C), of 32x32 pixels or more. Adaptive
    average pooling makes the last maps ``pool_size`` pixels wide, whatever the image, and linear
    layers of ``hidden`` units follow, each with ReLU and ``dropout``. Convolutions have a bias, and
    start from He's N(0, 2 / fan_out), linear layers from N(0, 0.01²). The output is logits
    (N, classes).

    Images of 32x32 pixels leave one pixel, which the pooling would copy 49 times: there
    ``pool_size=1`` and ``hidden=(512, 512)``, usual for CIFAR, save 100 million weights.

    InputError for a number below 1, and images below 32x32 pixels.

    Source: Simonyan and Zisserman 2015, "Very deep convolutional networks for large-scale image
    recognition"; the adaptive pooling is torchvision's.

    >>> from chainrule.layers import named_parameters
    >>> model = vgg11((32, 32, 3), 10, hidden=(512, 512), pool_size=1)
    >>> [w.shape for _, w in named_parameters(model)][-6:-1:2]
    [(512, 512), (512, 512), (512, 10)]
    """
    return _vgg("vgg11", inputs, classes, widths, hidden, pool_size, dropout)


@checked
def vgg11_bn(
    inputs: ImageShape = (224, 224, 3),
    classes: PositiveInt = 1000,
    *,
    widths: Widths = WIDTHS,
    hidden: Sequence[Units] = (4096, 4096),
    pool_size: PoolSize = 7,
    dropout: Fraction = 0.5,
) -> Sequential:
    """VGG-11 with batch norm.

    It is `vgg11` with a norm after each convolution. ``inputs`` is the shape of an image (H, W, C),
    the output is logits (N, classes). InputError as of `vgg11`.

    Source: that of `vgg11`; Ioffe and Szegedy 2015, "Batch normalization".

    >>> model = vgg11_bn((32, 32, 3), 10, hidden=(), pool_size=1)
    >>> [type(layer).__name__ for layer in model[:5]]
    ['Normalize', 'Conv2d', 'BatchNorm', 'ReLU', 'MaxPool2d']
    """
    return _vgg("vgg11", inputs, classes, widths, hidden, pool_size, dropout, norm=True)


@checked
def vgg13(
    inputs: ImageShape = (224, 224, 3),
    classes: PositiveInt = 1000,
    *,
    widths: Widths = WIDTHS,
    hidden: Sequence[Units] = (4096, 4096),
    pool_size: PoolSize = 7,
    dropout: Fraction = 0.5,
) -> Sequential:
    """VGG-13: ten 3x3 convolutions, three linear layers.

    It is configuration B, `vgg11` with two convolutions in each block. ``inputs`` is the shape of
    an image (H, W, C), the output is logits (N, classes). InputError as of `vgg11`.

    Source: that of `vgg11`.

    >>> from chainrule.layers import Conv2d
    >>> model = vgg13((32, 32, 3), 10, hidden=(), pool_size=1)
    >>> sum(isinstance(layer, Conv2d) for layer in model)
    10
    """
    return _vgg("vgg13", inputs, classes, widths, hidden, pool_size, dropout)


@checked
def vgg13_bn(
    inputs: ImageShape = (224, 224, 3),
    classes: PositiveInt = 1000,
    *,
    widths: Widths = WIDTHS,
    hidden: Sequence[Units] = (4096, 4096),
    pool_size: PoolSize = 7,
    dropout: Fraction = 0.5,
) -> Sequential:
    """VGG-13 with batch norm.

    It is `vgg13` with a norm after each convolution. ``inputs`` is the shape of an image (H, W, C),
    the output is logits (N, classes). InputError as of `vgg11`.

    Source: that of `vgg11_bn`.

    >>> from chainrule.layers import BatchNorm
    >>> model = vgg13_bn((32, 32, 3), 10, hidden=(), pool_size=1)
    >>> sum(isinstance(layer, BatchNorm) for layer in model)
    10
    """
    return _vgg("vgg13", inputs, classes, widths, hidden, pool_size, dropout, norm=True)


@checked
def vgg16(
    inputs: ImageShape = (224, 224, 3),
    classes: PositiveInt = 1000,
    *,
    widths: Widths = WIDTHS,
    hidden: Sequence[Units] = (4096, 4096),
    pool_size: PoolSize = 7,
    dropout: Fraction = 0.5,
) -> Sequential:
    """VGG-16: thirteen 3x3 convolutions, three linear layers.

    It is configuration D, `vgg13` with a third convolution in each of the last three blocks.
    ``inputs`` is the shape of an image (H, W, C), the output is logits (N, classes). InputError as
    of `vgg11`.

    Source: that of `vgg11`.

    >>> from chainrule.layers import Conv2d
    >>> model = vgg16((32, 32, 3), 10, hidden=(), pool_size=1)
    >>> sum(isinstance(layer, Conv2d) for layer in model)
    13
    """
    return _vgg("vgg16", inputs, classes, widths, hidden, pool_size, dropout)


@checked
def vgg16_bn(
    inputs: ImageShape = (224, 224, 3),
    classes: PositiveInt = 1000,
    *,
    widths: Widths = WIDTHS,
    hidden: Sequence[Units] = (4096, 4096),
    pool_size: PoolSize = 7,
    dropout: Fraction = 0.5,
) -> Sequential:
    """VGG-16 with batch norm.

    It is `vgg16` with a norm after each convolution. ``inputs`` is the shape of an image (H, W, C),
    the output is logits (N, classes). InputError as of `vgg11`.

    Source: that of `vgg11_bn`.

    >>> from chainrule.layers import BatchNorm
    >>> model = vgg16_bn((32, 32, 3), 10, hidden=(), pool_size=1)
    >>> sum(isinstance(layer, BatchNorm) for layer in model)
    13
    """
    return _vgg("vgg16", inputs, classes, widths, hidden, pool_size, dropout, norm=True)


def _vgg(
    name: str,
    inputs: Sequence[int],
    classes: int,
    widths: Sequence[int],
    hidden: Sequence[int],
    pool_size: int,
    dropout: float,
    norm: bool = False,
) -> Sequential:
    *_, channels = images_of(f"{name}{'_bn' if norm else ''}", inputs, 32)
    layers: list[Layer] = [Normalize(channels)]
    for count, width in zip(DEPTHS[name], widths, strict=True):
        for _ in range(count):
            layers.append(Conv2d(channels, width, 3, padding=1, init=he_normal_fan_out))
            layers += [BatchNorm(width), ReLU()] if norm else [ReLU()]
            channels = width
        layers.append(MaxPool2d(2))
    layers += [AdaptiveAvgPool2d(pool_size), Flatten()]
    features = pool_size**2 * channels
    for size in hidden:
        layers += [Linear(features, size, init=Normal(0.01)), ReLU()]
        layers += [Dropout(dropout)] if dropout else []
        features = size
    return Sequential(*layers, Linear(features, classes, init=Normal(0.01)))
