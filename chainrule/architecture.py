"""A model as JSON and back: class names from a register, never import paths from a file."""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass
from typing import Any

from . import layers
from .annotated import expect_arguments, shown
from .declared import checked
from .errors import InputError, did_you_mean
from .initializers import INITIALIZERS
from .layers.base import Layer, arguments
from .public import publish

DEEPEST = 64
"""Layers inside layers. Python ends a recursion at 1,000 calls, and each level takes several."""

MOST_USES = 100_000
"""Layers that one pass may visit. Sharing could make it 2^n of n in a file."""

LAYERS: dict[str, type[Layer]] = {
    name: thing
    for name, thing in vars(layers).items()
    if isinstance(thing, type) and issubclass(thing, Layer) and thing is not Layer
}
"""The layers that a model file may name; `register` adds one."""


OURS = frozenset(LAYERS.values())
"""Layers whose annotations hold. Those of somebody's own may say what they like."""


@checked
def register(layer: type[Layer]) -> type[Layer]:
    """Let models that hold your own layer be saved and loaded. Use it as a class decorator.

    InputError for a name that is taken.

    >>> @register
    ... class Doubled(layers.Linear):
    ...     def __call__(self, x):
    ...         return 2 * super().__call__(x)
    >>> rebuild(describe(Doubled(3, 2)))
    Doubled(3, 2)
    >>> _ = LAYERS.pop("Doubled")  # an example leaves nothing behind
    """
    if LAYERS.setdefault(layer.__name__, layer) is not layer:
        raise InputError(f"a layer named {layer.__name__!r} is registered already")
    return layer


@checked
def describe(value: Any) -> Any:
    """JSON for a layer or for one of its arguments. InputError for what could not be rebuilt.

    A layer that stands in several places is described in the first one; the others refer to
    its path, so that it is one layer again when it is rebuilt.

    >>> describe(layers.Linear(3, 2))["layer"]
    'Linear'
    """
    return _describe(value, "", {}, 0)


def rebuild(description: Any) -> Any:
    """The layer or argument that ``describe`` described. InputError if it is not one of ours.

    >>> rebuild(describe(layers.Linear(3, 2)))
    Linear(3, 2)
    """
    return _Builder().rebuild(description, "", 0)


def _describe(value: Any, path: str, paths: dict[int, str], depth: int) -> Any:
    if isinstance(value, Layer):
        return _describe_layer(value, path, paths, depth + 1)
    if isinstance(value, (list, tuple)):
        return [_describe(item, f"{path}.{i}", paths, depth) for i, item in enumerate(value)]
    if isinstance(value, dict):
        mapping = {k: _describe(v, f"{path}.{k}", paths, depth) for k, v in value.items()}
        return {"mapping": mapping}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    name = type(value).__name__
    if INITIALIZERS.get(name) is type(value):
        return {"initializer": name, **asdict(value)}
    name = getattr(value, "__name__", "")
    if INITIALIZERS.get(name) is value:
        return {"initializer": name}
    raise InputError(f"an argument of the model cannot be saved: {value!r}")


def _describe_layer(layer: Layer, path: str, paths: dict[int, str], depth: int) -> Any:
    name = type(layer).__name__
    _expect_depth(depth)
    if LAYERS.get(name) is not type(layer):
        raise InputError(
            f"{name} is not registered, so a file that holds it could not be loaded: "
            "decorate the class with @chainrule.architecture.register"
        )
    if id(layer) in paths:
        return {"shared": paths[id(layer)]}
    paths[id(layer)] = path
    given = {
        key: _describe(value, f"{path}.{key}", paths, depth)
        for key, value in arguments(layer).items()
    }
    return {"layer": name, "arguments": given}


def _expect_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise InputError(f"layers lie in layers more than {DEEPEST} deep: build it flatter")


@dataclass
class _Built:
    """A layer, and how many layers a pass through it visits."""

    layer: Layer
    uses: int


class _Builder:
    """Layers by the path of their description, and how many visits they are in all."""

    def __init__(self) -> None:
        self.built: dict[str, _Built] = {}
        self.uses = 0

    def rebuild(self, description: Any, path: str, depth: int) -> Any:
        if isinstance(description, list):
            return [self.rebuild(one, f"{path}.{i}", depth) for i, one in enumerate(description)]
        if not isinstance(description, dict):
            return description
        if "initializer" in description:
            return _initializer(path, **{str(k): v for k, v in description.items()})
        if "mapping" in description:
            mapping = description["mapping"]
            if not isinstance(mapping, dict):
                raise InputError(
                    f"{_at(path)}mapping: expected an object, received {shown(mapping)}"
                )
            return {key: self.rebuild(v, f"{path}.{key}", depth) for key, v in mapping.items()}
        if "shared" in description:
            shared = description["shared"]
            if not isinstance(shared, str) or shared not in self.built:
                raise InputError(f"{_at(path)}no layer to share at {shown(shared)}")
            self._count(self.built[shared].uses)
            return self.built[shared].layer
        return self._layer(description, path, depth + 1)

    def _layer(self, description: dict[str, Any], path: str, depth: int) -> Layer:
        name, given = description.get("layer"), description.get("arguments")
        _expect_depth(depth)
        if not isinstance(name, str) or name not in LAYERS:
            hint = did_you_mean(name[:100], LAYERS) if isinstance(name, str) else ""
            raise InputError(f"{_at(path)}unknown layer {shown(name)}{hint}")
        if not isinstance(given, dict):
            raise InputError(
                f"{_at(path)}arguments of {name}: expected an object, received {shown(given)}"
            )
        before = self.uses
        self._count(1)
        rebuilt = {key: self.rebuild(v, f"{path}.{key}", depth) for key, v in given.items()}
        layer = _construct(LAYERS[name], rebuilt, f"{_at(path)}{name}")
        self.built[path] = _Built(layer, self.uses - before)
        return layer

    def _count(self, uses: int) -> None:
        self.uses += uses
        if self.uses > MOST_USES:
            raise InputError(f"a pass through it would visit more than {MOST_USES:,} layers")


def _construct(kind: type[Layer], given: dict[str, Any], name: str) -> Layer:
    if inspect.isabstract(kind):
        raise InputError(f"{name} is no layer by itself{did_you_mean('', LAYERS)}")
    expect_arguments(kind, given, name, types=kind in OURS)
    parameters = inspect.signature(kind).parameters.values()
    variadic = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
    positional = given.pop(variadic, ()) if variadic else ()
    try:
        return kind(*positional, **given)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    except Exception as error:  # a layer of somebody's own may raise anything
        raise InputError(f"{name}: {type(error).__name__}: {error}") from None


def _initializer(path: str, initializer: object, **options: Any) -> Any:
    maker = INITIALIZERS.get(initializer) if isinstance(initializer, str) else None
    if maker is None:
        hint = did_you_mean(str(initializer)[:100], INITIALIZERS)
        raise InputError(f"{_at(path)}unknown initializer {shown(initializer)}{hint}")
    if not isinstance(maker, type):
        return maker
    expect_arguments(maker, options, f"{_at(path)}{initializer}")
    try:
        return maker(**options)
    except InputError as error:
        raise InputError(f"{_at(path)}{initializer}: {error}") from None


def _at(path: str) -> str:
    """ "layers.0: " as the start of a message; nothing for the model itself."""
    short = path.lstrip(".")
    return f"{short[:200]}: " if short else ""


publish(globals(), "LAYERS")
