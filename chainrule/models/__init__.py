"""Functions that return a model, and the register of their names."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..declared import checked
from ..errors import InputError, did_you_mean
from ..layers.base import Layer
from ..public import publish
from .airbench import airbench as airbench
from .cnn3 import cnn3 as cnn3
from .convnet import convnet as convnet
from .efficientnet import efficientnet_lite0 as efficientnet_lite0
from .lenet import lenet5 as lenet5
from .mlp import mlp as mlp
from .mobilenet import mobilenet_v2 as mobilenet_v2
from .resnet import resnet as resnet
from .resnet import resnet18 as resnet18
from .resnet import resnet34 as resnet34
from .resnet import resnet50 as resnet50
from .resnet9 import resnet9 as resnet9
from .resnet_cifar import resnet20 as resnet20
from .resnet_cifar import resnet32 as resnet32
from .resnet_cifar import resnet56 as resnet56
from .squeezenet import squeezenet1_1 as squeezenet1_1
from .vgg import vgg as vgg
from .vgg_imagenet import vgg11 as vgg11
from .vgg_imagenet import vgg11_bn as vgg11_bn
from .vgg_imagenet import vgg13 as vgg13
from .vgg_imagenet import vgg13_bn as vgg13_bn
from .vgg_imagenet import vgg16 as vgg16
from .vgg_imagenet import vgg16_bn as vgg16_bn
from .wide_resnet import wide_resnet as wide_resnet

MODELS: dict[str, Callable[..., Layer]] = {
    name: thing
    for name, thing in sorted(globals().items())
    if inspect.isfunction(thing) and thing.__module__.startswith(f"{__name__}.")
}
"""By the names that settings have: every function imported above."""


@checked
def build(name: str, **arguments: Any) -> Layer:
    """The model called ``name``. InputError for an unknown name or argument.

    >>> build("mlp", inputs=4, hidden=(), classes=2)
    Sequential(
      0: Normalize()
      1: Flatten()
      2: Linear(4, 2)
    )
    """
    if name not in MODELS:
        raise InputError(f"unknown model {name!r}{did_you_mean(name, MODELS)}")
    known = inspect.signature(MODELS[name]).parameters
    for argument in arguments:
        if argument not in known:
            hint = did_you_mean(argument, known)
            raise InputError(f"model {name!r} has no argument {argument!r}{hint}")
    return MODELS[name](**arguments)


publish(globals(), "MODELS")
