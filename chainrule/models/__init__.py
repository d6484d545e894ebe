"""Functions that return a model, and the register of their names."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..errors import InputError, did_you_mean
from ..layers.base import Layer
from .mlp import mlp as mlp

MODELS: dict[str, Callable[..., Layer]] = {"mlp": mlp}


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
