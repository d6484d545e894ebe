"""[model]: the forms of the table; a new model is one class here, and its place in ``Model``."""

from __future__ import annotations

from typing import Literal

from .kinds import Count, Fraction, Named, Units

Activation = Literal[
    "elu",
    "gelu",
    "hard_swish",
    "leaky_relu",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "tanh",
]


class MLPConfig(Named, tag="mlp", frozen=True):
    """name = "mlp": see ``chainrule.models.mlp``. Without hidden layers it is linear."""

    hidden: tuple[Units, ...] = (256, 128, 64)
    norm: Literal["none", "batch", "layer"] = "none"
    dropout: Fraction = 0.0
    activation: Activation = "relu"


class ConvNetConfig(Named, tag="convnet", frozen=True):
    """name = "convnet": see ``chainrule.models.convnet``."""

    filters: tuple[Units, ...] = (32, 32)


class VGGConfig(Named, tag="vgg", frozen=True):
    """name = "vgg": see ``chainrule.models.vgg``."""

    blocks: tuple[tuple[Units, ...], ...] = ((64, 64), (128, 128), (256, 256))
    hidden: tuple[Units, ...] = (512,)
    norm: Literal["none", "batch"] = "batch"
    dropout: Fraction = 0.5


class ResNetConfig(Named, tag="resnet", frozen=True):
    """name = "resnet": see ``chainrule.models.resnet``."""

    blocks: tuple[Count, ...] = (2, 2, 2, 2)
    widths: tuple[Units, ...] = (64, 128, 256, 512)


class ResNet18Config(Named, tag="resnet18", frozen=True):
    """name = "resnet18": see ``chainrule.models.resnet18``."""


Model = MLPConfig | ConvNetConfig | VGGConfig | ResNetConfig | ResNet18Config
