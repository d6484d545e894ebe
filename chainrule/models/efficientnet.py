"""EfficientNet-Lite0."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from ..declared import checked
from ..initializers import Normal
from ..layers import BatchNorm, Dropout, GlobalAvgPool2d, Linear, Normalize, ReLU6, Sequential
from ..layers.base import Layer
from ..ranges import DropRate, ImageShape, PositiveFloat, PositiveInt
from .convnet import image_shape
from .inverted_residual import conv_norm, inverted_residual
from .mobilenet import divisible

STAGES = (
    (3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4), (3, 1, 6, 320, 1),
)  # fmt: skip
"""Kernel, stride of the first block, expansion, channels, blocks: table 1 of the paper."""


@checked
def efficientnet_lite0(
    inputs: ImageShape = (224, 224, 3),
    classes: PositiveInt = 1000,
    *,
    width_mult: PositiveFloat = 1.0,
    padding: Literal["same", "symmetric"] = "same",
    eps: PositiveFloat = 1e-3,
    dropout: DropRate = 0.2,
) -> Sequential:
    """EfficientNet-Lite0: stem -> 16 inverted residual blocks -> 1x1 convolution -> mean -> linear

    ``inputs`` is the shape of an image (H, W, C) of any size; the sides are halved five times, each
    time rounded up. EfficientNet-B0 without squeeze and excitation and with ReLU6 for SiLU, so that
    it can run in 8 bits. Padding "same" is TensorFlow's, where an even side is padded at its end
    only, and ``eps`` that of its norms: the published weights were trained there. timm's net of
    this name has padding "symmetric" and eps 1e-5. ``width_mult`` multiplies the channels, which
    stay multiples of 8. The output is logits (N, classes).

    InputError for a number out of its range.

    Source: Tan and Le 2019, "EfficientNet: rethinking model scaling for convolutional neural
    networks"; Liu 2020, "Higher accuracy on vision models with EfficientNet-Lite".

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(efficientnet_lite0((224, 224, 3), 1000))
    4652008
    """
    _, _, image_channels = image_shape(inputs)
    channels, last = divisible(32 * width_mult), divisible(1280 * max(1.0, width_mult))
    norm = partial(BatchNorm, momentum=0.99, eps=eps)
    options: dict[str, Any] = {"padding": "same"} if padding == "same" else {}
    stem = conv_norm(image_channels, channels, 3, 2, norm=norm, **options)
    layers: list[Layer] = [Normalize(image_channels), *stem, ReLU6()]
    for kernel_size, first_stride, expansion, width, blocks in STAGES:
        width = divisible(width * width_mult)
        for i in range(blocks):
            stride = first_stride if i == 0 else 1
            layers.append(
                inverted_residual(
                    channels, width, kernel_size, stride, expansion, norm=norm, **options
                )
            )
            channels = width
    layers += [*conv_norm(channels, last, 1, norm=norm), ReLU6(), GlobalAvgPool2d()]
    layers += [Dropout(dropout)] if dropout else []
    return Sequential(*layers, Linear(last, classes, init=Normal(0.01)))
