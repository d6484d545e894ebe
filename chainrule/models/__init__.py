"""Functions that return a model, and the register of their names."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..declared import checked
from ..errors import InputError, did_you_mean
from ..layers.base import Layer
from ..public import publish
from .convnet import convnet as convnet
from .efficientnet import efficientnet_lite0 as efficientnet_lite0
from .mlp import mlp as mlp
from .mobilenet import mobilenet_v2 as mobilenet_v2
from .resnet import resnet as resnet
from .resnet import resnet18 as resnet18
from .resnet import resnet34 as resnet34
from .resnet import resnet50 as resnet50
from .squeezenet import squeezenet1_1 as squeezenet1_1
from .vgg import vgg as vgg

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
