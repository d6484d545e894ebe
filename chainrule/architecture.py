"""A model as JSON and back: class names from a register, never import paths from a file."""

from __future__ import annotations

from typing import Any

from . import initializers, layers
from .errors import InputError, did_you_mean
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
    """JSON for a layer or for one of its arguments. InputError for what could not be rebuilt."""
    if isinstance(value, Layer):
        name = type(value).__name__
        if LAYERS.get(name) is not type(value):
            raise InputError(
                f"{name} is not registered, so a file that holds it could not be loaded: "
                "decorate the class with @chainrule.architecture.register"
            )
        given = {key: describe(argument) for key, argument in arguments(value).items()}
        return {"layer": name, "arguments": given}
    if isinstance(value, (list, tuple)):
        return [describe(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, initializers.Normal):
        return {"initializer": "Normal", "std": value.std}
    name = getattr(value, "__name__", "")
    if getattr(initializers, name, None) is value:
        return {"initializer": name}
    raise InputError(f"an argument of the model cannot be saved: {value!r}")


def rebuild(description: Any) -> Any:
    """The layer or argument that ``describe`` described. InputError if it is not one of ours."""
    if isinstance(description, list):
        return [rebuild(item) for item in description]
    if not isinstance(description, dict):
        return description
    if "initializer" in description:
        return _initializer(**description)
    name, given = description.get("layer"), description.get("arguments")
    if name not in LAYERS or not isinstance(given, dict):
        raise InputError(f"unknown layer {name!r}{did_you_mean(str(name), LAYERS)}")
    rebuilt = {key: rebuild(argument) for key, argument in given.items()}
    inner = rebuilt.pop("layers", ())  # the one variadic argument, that of containers
    try:
        return LAYERS[name](*inner, **rebuilt)
    except TypeError as error:
        raise InputError(f"{name}: {error}") from None


def _initializer(initializer: str, std: float | None = None) -> Any:
    if std is not None:
        return initializers.Normal(std)
    if initializer.startswith("_") or not hasattr(initializers, initializer):
        raise InputError(f"unknown initializer {initializer!r}")
    return getattr(initializers, initializer)
