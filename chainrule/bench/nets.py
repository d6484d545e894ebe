"""The nets that are timed, each defined once: every framework runs a translation of it.

All are fed float32 images that lie in memory, already normalized, so that a step is forward,
loss, backward and update for everybody, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..errors import InputError, did_you_mean

if TYPE_CHECKING:
    from ..layers import Layer, Sequential
    from ..types import Array


@dataclass(frozen=True)
class Net:
    """A net, the shape of its images, and the rule that trains it.

    ``build(shape, classes, dropout)`` returns it without weights. ``optimizer`` is "adam" (lr
    1e-3) or "sgd" (lr 1e-2, momentum 0.9); neither decays the weights.
    """

    name: str
    title: str
    shape: tuple[int, ...]
    optimizer: str
    build: Callable[[tuple[int, ...], int, bool], Sequential]
    classes: int = 10
    dropout: bool = True
    dtype: str = "float32"
    scale: float = 1.0

    def model(self) -> Sequential:
        """With the weights of seed 0 times ``scale``, the same in every process."""
        import numpy as np

        from ..layers import named_parameters

        model = self.build(self.shape, self.classes, self.dropout).init(0)
        for _, parameter in named_parameters(model):
            parameter.value *= np.float32(self.scale)
        return model if self.dtype == "float32" else model.astype(np.dtype(self.dtype).type)

    def batch(self, size: int) -> tuple[Array, Array]:
        """x (N, …) and labels int64 (N,), the same in every process."""
        import numpy as np

        from ..random import generator

        rng = generator("bench", self.name)
        x = rng.standard_normal((size, *self.shape), np.float32)
        return x.astype(self.dtype), rng.integers(0, self.classes, size)

    def comparable(self, dtype: str) -> Net:
        """Without dropout, because each framework draws other units to drop; in ``dtype``."""
        return replace(self, dropout=False, dtype=dtype)

    def with_shape(self, *shape: int) -> Net:
        return replace(self, shape=shape)


def mlp(
    shape: tuple[int, ...], classes: int, dropout: bool, hidden: tuple[int, ...] = (256, 128, 64)
) -> Sequential:
    """[linear -> batch norm -> ReLU -> dropout 0.2] for each of ``hidden`` -> linear"""
    from .. import models

    rate = 0.2 if dropout else 0.0
    model = models.mlp(shape, hidden, classes, norm="batch", dropout=rate)
    return _without_normalize(model, flatten=False)


def conv(
    shape: tuple[int, ...], classes: int, dropout: bool, filters: tuple[int, ...] = (64, 64)
) -> Sequential:
    """[conv 3x3 -> batch norm -> ReLU -> max-pool 2] for each of ``filters`` -> linear"""
    from ..layers import BatchNorm, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential

    h, w, channels = shape
    layers: list[Layer] = []
    for outputs in filters:
        layers.append(Conv2d(channels, outputs, 3, padding=1, bias=False))
        layers += [BatchNorm(outputs), ReLU(), MaxPool2d(2)]
        h, w, channels = h // 2, w // 2, outputs
    return Sequential(*layers, Flatten(), Linear(h * w * channels, classes))


def plain(shape: tuple[int, ...], classes: int, dropout: bool, depth: int = 4) -> Sequential:
    """[conv 3x3 of 32 filters -> batch norm -> ReLU] times ``depth`` -> mean -> linear"""
    from ..layers import BatchNorm, Conv2d, GlobalAvgPool2d, Linear, ReLU, Sequential

    layers: list[Layer] = []
    for i in range(depth):
        layers.append(Conv2d(32 if i else shape[-1], 32, 3, padding=1, bias=False))
        layers += [BatchNorm(32), ReLU()]
    return Sequential(*layers, GlobalAvgPool2d(), Linear(32, classes))


def vgg(shape: tuple[int, ...], classes: int, dropout: bool) -> Sequential:
    from .. import models

    return _without_normalize(models.vgg(shape, classes, dropout=0.5 if dropout else 0.0))


def resnet18(shape: tuple[int, ...], classes: int, dropout: bool) -> Sequential:
    from .. import models

    return _without_normalize(models.resnet18(shape, classes))


def mobilenet_v2(shape: tuple[int, ...], classes: int, dropout: bool) -> Sequential:
    from .. import models

    return _without_normalize(models.mobilenet_v2(shape, classes, dropout=0.2 if dropout else 0.0))


def _without_normalize(model: Sequential, *, flatten: bool = True) -> Sequential:
    """The model after its Normalize; without Flatten too where images are rows already."""
    from ..layers import Flatten, Normalize, Sequential

    drop: tuple[Any, ...] = (Normalize,) if flatten else (Normalize, Flatten)
    return Sequential(*(layer for layer in model.layers if not isinstance(layer, drop)))


NETS = {
    net.name: net
    for net in (
        Net("mlp", "MLP 784-256-128-64-10: batch norm, dropout, Adam", (784,), "adam", mlp),
        Net("conv", "[conv-BN-ReLU-pool] x 2, 64 filters, 32x32x3", (32, 32, 3), "sgd", conv),
        Net("vgg", "VGG 64-64, 128-128, 256-256, fc 512, 32x32x3", (32, 32, 3), "sgd", vgg),
        Net("resnet18", "ResNet-18 in its form for CIFAR, 32x32x3", (32, 32, 3), "sgd", resnet18),
        Net("mobilenet_v2", "MobileNetV2, 96x96x3", (96, 96, 3), "sgd", mobilenet_v2),
    )
}


def find(name: str) -> Net:
    """The net of this name. InputError if there is none."""
    if name not in NETS:
        raise InputError(f"no net named {name!r}{did_you_mean(name, NETS)}")
    return NETS[name]
