"""The block of MobileNetV2 and of the nets after it: wide inside, narrow where blocks meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..initializers import he_normal_fan_out
from ..layers import BatchNorm, Conv2d, ReLU6, Residual, Sequential
from ..layers.base import Layer

Norm = Callable[[int], BatchNorm]


def conv_norm(
    channels: int, width: int, kernel_size: int, stride: int = 1, *, norm: Norm, **options: Any
) -> list[Layer]:
    """A convolution that keeps the sides at stride 1, and its norm, whose shift is the bias."""
    options = {"padding": kernel_size // 2} | options
    conv = Conv2d(
        channels, width, kernel_size, stride=stride, bias=False, init=he_normal_fan_out, **options
    )
    return [conv, norm(width)]


def inverted_residual(
    channels: int,
    width: int,
    kernel_size: int,
    stride: int,
    expansion: int,
    *,
    norm: Norm,
    **options: Any,
) -> Layer:
    """y = norm conv1x1 ReLU6 norm depthwise ReLU6 norm conv1x1 (x), and + x where shapes agree

        x (N, H, W, channels) · y (N, ⌈H / stride⌉, ⌈W / stride⌉, width)

    The first 1x1 makes ``expansion`` times as many channels, and is left out where that is 1. There
    is no activation at the end: in few channels it would lose what it sets to 0.

    Source: Sandler et al. 2018, "MobileNetV2: inverted residuals and linear bottlenecks".
    """
    hidden = channels * expansion
    layers = [*conv_norm(channels, hidden, 1, norm=norm), ReLU6()] if expansion != 1 else []
    depthwise = conv_norm(hidden, hidden, kernel_size, stride, norm=norm, groups=hidden, **options)
    body = Sequential(*layers, *depthwise, ReLU6(), *conv_norm(hidden, width, 1, norm=norm))
    return Residual(body) if stride == 1 and channels == width else body
