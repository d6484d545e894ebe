"""A model as JSON and back: class names from a register, never import paths from a file."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import Any

from . import layers
from .errors import InputError, did_you_mean
from .initializers import INITIALIZERS
from .layers.base import Layer, arguments

LAYERS: dict[str, type[Layer]] = {
    name: thing
    for name, thing in vars(layers).items()
    if isinstance(thing, type) and issubclass(thing, Layer) and thing is not Layer
}


def register(layer: type[Layer]) -> type[Layer]:
    """Let models that hold your own layer be saved and loaded. Use it as a class decorator."""
    if LAYERS.setdefault(layer.__name__, layer) is not layer:
        raise InputError(f"a layer named {layer.__name__!r} is registered already")
    return layer


def describe(value: Any) -> Any:
    """JSON for a layer or for one of its arguments. InputError for what could not be rebuilt.

    A layer that stands in several places is described in the first one; the others refer to
    its path, so that it is one layer again when it is rebuilt.
    """
    return _describe(value, "", {})


def rebuild(description: Any) -> Any:
    """The layer or argument that ``describe`` described. InputError if it is not one of ours."""
    return _rebuild(description, "", {})


def _describe(value: Any, path: str, paths: dict[int, str]) -> Any:
    if isinstance(value, Layer):
        return _describe_layer(value, path, paths)
    if isinstance(value, (list, tuple)):
        return [_describe(item, f"{path}.{i}", paths) for i, item in enumerate(value)]
    if isinstance(value, dict):
        return {"mapping": {k: _describe(v, f"{path}.{k}", paths) for k, v in value.items()}}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    name = type(value).__name__
    if INITIALIZERS.get(name) is type(value):
        return {"initializer": name, **asdict(value)}
    name = getattr(value, "__name__", "")
    if INITIALIZERS.get(name) is value:
        return {"initializer": name}
    raise InputError(f"an argument of the model cannot be saved: {value!r}")


def _describe_layer(layer: Layer, path: str, paths: dict[int, str]) -> Any:
    name = type(layer).__name__
    if LAYERS.get(name) is not type(layer):
        raise InputError(
            f"{name} is not registered, so a file that holds it could not be loaded: "
            "decorate the class with @chainrule.architecture.register"
        )
    if id(layer) in paths:
        return {"shared": paths[id(layer)]}
    paths[id(layer)] = path
    given = {
        key: _describe(value, f"{path}.{key}", paths) for key, value in arguments(layer).items()
    }
    return {"layer": name, "arguments": given}


def _rebuild(description: Any, path: str, built: dict[str, Layer]) -> Any:
    if isinstance(description, list):
        return [_rebuild(item, f"{path}.{i}", built) for i, item in enumerate(description)]
    if not isinstance(description, dict):
        return description
    if "initializer" in description:
        return _initializer(**description)
    if "mapping" in description:
        mapping = dict(description["mapping"])
        return {key: _rebuild(value, f"{path}.{key}", built) for key, value in mapping.items()}
    if "shared" in description:
        if description["shared"] not in built:
            raise InputError(f"no layer to share at {description['shared']!r}")
        return built[description["shared"]]
    built[path] = _rebuild_layer(description, path, built)
    return built[path]


def _rebuild_layer(description: dict[str, Any], path: str, built: dict[str, Layer]) -> Layer:
    name, given = description.get("layer"), description.get("arguments")
    if name not in LAYERS or not isinstance(given, dict):
        raise InputError(f"unknown layer {name!r}{did_you_mean(str(name), LAYERS)}")
    rebuilt = {key: _rebuild(value, f"{path}.{key}", built) for key, value in given.items()}
    parameters = inspect.signature(LAYERS[name]).parameters.values()
    variadic = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
    try:
        return LAYERS[name](*rebuilt.pop(variadic, ()), **rebuilt)
    except TypeError as error:
        raise InputError(f"{name}: {error}") from None


def _initializer(initializer: object, **options: Any) -> Any:
    maker = INITIALIZERS.get(str(initializer))
    if maker is None:
        hint = did_you_mean(str(initializer), INITIALIZERS)
        raise InputError(f"unknown initializer {initializer!r}{hint}")
    if not isinstance(maker, type):
        return maker
    try:
        return maker(**options)
    except TypeError as error:
        raise InputError(f"{initializer}: {error}") from None
