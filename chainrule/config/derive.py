"""The settings of a part, from the arguments of its constructor.

    class Adam(Optimizer):                         [optimizer]
        config_name = "adam"                       name = "adam"
        def __init__(self, lr: PositiveFloat |     lr = 0.001        # above 0
            Schedule = 1e-3, …                     …

An argument is a setting if TOML can say one of its types. A ``Setting`` in its annotation says what
differs: another name, another type, or a default that the constructor leaves to its caller.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Struct

from ..declared import argument_types
from ..ranges import SEQUENCES, UNIONS, choices, setting_of


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of one form."""


class Named(Table, tag_field="name", frozen=True):
    """One form of a table with several: the key ``name`` says which."""


class OfKind(Table, tag_field="kind", frozen=True):
    """One form of a table that may be off: the key ``kind`` says which, "none" is off."""


Form = Any  # a subclass of msgspec.Struct, made while the program runs
PLAIN = (int, float, bool, str, NoneType)
NONE = "none"
"""TOML has no word for None: where an argument is one of some words or None, this says None."""


def form(
    part: Callable[..., Any],
    base: type[Table],
    *,
    key: str | None = None,
    skip: Iterable[str] = (),
    defaults: Mapping[str, Any] | None = None,
) -> Form:
    """The table that feeds ``part``: a Struct with a field for each of its settings.

    ``base`` has the fields that every such table has; ``key`` is the name that chooses the form,
    ``skip`` are arguments that others give, ``defaults`` overrule those of the constructor.
    """
    fields = [
        (name, kind, (defaults or {}).get(name, default))
        for name, kind, default in settings(part)
        if name not in skip
    ]
    made = msgspec.defstruct(
        f"{part.__name__}Config",
        fields,
        bases=(base,),
        tag=key,
        frozen=True,
        omit_defaults=False,
        kw_only=False,
        namespace={"__doc__": f"See ``{part.__module__}.{part.__qualname__}``."},
    )
    return made


def settings(part: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    """(name, type, default) of each setting of ``part``, in the order of its arguments."""
    found = []
    parameters = inspect.signature(part).parameters
    for argument, kind in argument_types(part).items():
        said = setting_of(kind)
        toml = said.type or in_toml(kind)
        default = parameters[argument].default
        if said.default is not None:
            default = said.default
        if toml is None or default is inspect.Parameter.empty:
            continue
        if default is None and get_origin(toml) is Literal:
            default = NONE
        found.append((said.name or argument, toml, default))
    return found


def in_toml(kind: Any) -> Any:
    """What of a type TOML can say; None if nothing."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _annotated(kind)
    if origin is Literal:
        return kind
    if origin in UNIONS:
        return _union(tuple(filter(None, map(in_toml, inner))))
    if origin in SEQUENCES:
        return _sequence(origin, inner)
    return kind if kind in PLAIN else None


def _sequence(origin: Any, inner: tuple[Any, ...]) -> Any:
    """A list of any length, or of as many as a tuple names."""
    if origin is tuple and inner[-1] is not ...:
        items = tuple(map(in_toml, inner))
        return tuple.__class_getitem__(items) if all(items) else None
    item = in_toml(inner[0])
    return item and tuple.__class_getitem__((item, ...))


def _annotated(kind: Any) -> Any:
    base, *metas = get_args(kind)
    if words := choices(kind):
        return Literal[tuple(words)]
    plain = in_toml(base)
    limits = [meta for meta in metas if isinstance(meta, msgspec.Meta)]
    return Annotated[(plain, *limits)] if plain and limits else plain


def _union(parts: tuple[Any, ...]) -> Any:
    words = [part for part in parts if get_origin(part) is Literal]
    if words and NoneType in parts:
        return Literal[(NONE, *get_args(words[0]))]
    return reduce(or_, parts) if parts and parts != (NoneType,) else None
