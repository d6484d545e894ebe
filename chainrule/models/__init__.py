"""Functions that return a model, and the register of their names."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..errors import InputError, did_you_mean
from ..layers.base import Layer
from .convnet import convnet as convnet
from .mlp import mlp as mlp
from .resnet import resnet as resnet
from .resnet import resnet18 as resnet18
from .vgg import vgg as vgg

MODELS: dict[str, Callable[..., Layer]] = {
    "convnet": convnet,
    "mlp": mlp,
    "resnet": resnet,
    "resnet18": resnet18,
    "vgg": vgg,
}


def build(name: str, **arguments: Any) -> Layer:
    """The model called ``name``. InputError for an unknown name or argument."""
    if name not in MODELS:
        raise InputError(f"unknown model {name!r}{did_you_mean(name, MODELS)}")
    known = inspect.signature(MODELS[name]).parameters
    for argument in arguments:
        if argument not in known:
            hint = did_you_mean(argument, known)
            raise InputError(f"model {name!r} has no argument {argument!r}{hint}")
    return MODELS[name](**arguments)
