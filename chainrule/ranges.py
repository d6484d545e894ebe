"""Numbers with a range, as types: ``lr: PositiveFloat`` states the rule where the argument stands.

A range is msgspec's ``Meta`` inside ``Annotated``, a choice of words is a ``Literal``. Constructors
check their arguments by them (``chainrule.declared``), and configuration files take their settings
from them (``chainrule.config``).
"""

from __future__ import annotations

import math
import operator
import os
import types
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from numbers import Real
from types import NoneType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from msgspec import Meta

NonNegativeInt = Annotated[int, Meta(ge=0)]
PositiveInt = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=1, le=10_000_000)]
ImageShape = Annotated[Sequence[int], Meta(description="the shape of an image (H, W, C)")]
Units = Annotated[int, Meta(ge=1, le=1_000_000)]
PositiveFloat = Annotated[float, Meta(gt=0)]
NonNegativeFloat = Annotated[float, Meta(ge=0)]
Fraction = Annotated[float, Meta(ge=0, lt=1)]
Probability = Annotated[float, Meta(ge=0, le=1)]
DropRate = Annotated[float, Meta(ge=0, lt=1, description="a probability in [0, 1)")]
Whole = Annotated[int, Meta(description="a whole number")]
Name = Annotated[str, Meta(description="a name")]
Share = Annotated[float, Meta(gt=0, lt=1)]
PixelValue = Annotated[int, Meta(ge=0, le=255)]
Interval = tuple[PositiveFloat, PositiveFloat]


@dataclass(frozen=True)
class Setting:
    """What a configuration file says in place of an argument: under which ``name``, of which
    ``type``, and the ``default``. What is None is as in the constructor."""

    name: str | None = None
    type: Any = None
    default: Any = None


@dataclass(frozen=True)
class InEpochs(Setting):
    """A number of steps, which settings give in epochs."""


@dataclass(frozen=True)
class OneOf:
    """One of the keys of a registry."""

    choices: Mapping[str, Any]


UNIONS = (Union, types.UnionType)
SEQUENCES = (tuple, list, Sequence)
_LIMITS = {"gt": "above", "ge": "of at least", "lt": "below", "le": "of at most"}
_WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a finite number",
    bool: "true or false",
    str: "text in Unicode",
    os.PathLike: "a path",
    Callable: "a function",
    Mapping: "a mapping",
    Iterable: "a list",
}


def is_bare(kind: Any) -> bool:
    """Whether the type is a number or a text of any value, or None."""
    if get_origin(kind) in UNIONS:
        return all(map(is_bare, get_args(kind)))
    return kind in (int, float, str, NoneType)


def setting_of(kind: Any) -> Setting:
    """What is said beside a type, or beside a part of it, on how settings give the argument."""
    if get_origin(kind) is Annotated:
        said = [meta for meta in get_args(kind)[1:] if isinstance(meta, Setting)]
        return said[0] if said else Setting()
    parts = map(setting_of, get_args(kind))
    return next((said for said in parts if said != Setting()), Setting())


def choices(kind: Any) -> list[str]:
    """The words that a type allows; none for a type of something else."""
    inner = get_args(kind)
    if get_origin(kind) is Literal:
        return list(inner)
    if get_origin(kind) is Annotated:
        return [word for meta in inner[1:] if isinstance(meta, OneOf) for word in meta.choices]
    return [word for part in inner for word in choices(part)]


def fits(kind: Any, value: Any) -> bool:
    """Whether ``value`` is one of ``kind``. NumPy's numbers count, a bool is no number, and no
    number may be infinite or NaN. A type that states no rule, such as a Protocol, fits anything.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        base, *metas = inner
        return fits(base, value) and all(_keeps(meta, value) for meta in metas)
    if origin is Literal:
        return isinstance(value, str) and value in inner
    if origin in UNIONS:
        return any(fits(part, value) for part in inner)
    if origin in SEQUENCES or (origin is Iterable and hasattr(value, "__len__")):
        return _fits_sequence(inner, value, origin)
    if isinstance(origin, type):  # a path, a mapping, a function; arrays may be lists
        return origin.__module__ == "numpy" or isinstance(value, origin)
    if kind is NoneType:
        return value is None
    if kind is bool:  # Python's own 0 and 1 pass, and NumPy's booleans
        return (isinstance(value, int) and value in (0, 1)) or type(value).__name__ == "bool"
    if kind is int:
        return not isinstance(value, bool) and hasattr(value, "__index__") and _is_index(value)
    if kind is float:
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if not isinstance(kind, type) or kind is Any or getattr(kind, "_is_protocol", False):
        return True
    return isinstance(value, kind)


def rule(kind: Any) -> str:
    """The rule that a type states, in words.

    >>> rule(PositiveInt | Share), rule(PositiveFloat)
    ('a whole number of at least 1 or a number in (0, 1)', 'a positive finite number')
    >>> rule(Literal["loss", "accuracy"])
    "'loss' or 'accuracy'"
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        base, *metas = inner
        if words := choices(kind):
            return " or ".join(map(repr, words))
        described = [meta.description for meta in metas if getattr(meta, "description", None)]
        if described:
            return str(described[0])
        limits = {name: limit for meta in metas for name, limit in _limits(meta)}
        return _number(limits) if base is float else _with_limits(rule(base), limits)
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if origin in SEQUENCES:
        item, *more = inner
        size = "" if not more or more == [...] else f" of {1 + len(more)}"
        return f"a list{size}, each item {rule(item)}"
    if origin in UNIONS:
        parts = [part for part in inner if part is not NoneType]
        if any(get_origin(part) is os.PathLike for part in parts):
            parts.remove(str)
        return " or ".join(map(rule, parts))
    if said := _WORDS.get(origin or kind) or getattr(kind, "described", ""):
        return str(said)
    name = getattr(kind, "__name__", str(kind))
    return f"{'an' if name[0] in 'AEIO' else 'a'} {name}"


def _limits(meta: Any) -> list[tuple[str, float]]:
    """What a ``Meta`` says, in the order of ``_LIMITS``; nothing for a marker of another kind."""
    named = ((name, getattr(meta, name, None)) for name in _LIMITS)
    return [(name, limit) for name, limit in named if limit is not None]


def _number(limits: dict[str, float]) -> str:
    """A range of floats as the field writes it."""
    if limits == {"gt": 0}:
        return "a positive finite number"
    if limits == {"ge": 0}:
        return "0 or more"
    if len(limits) == 2:
        low, high = sorted(limits.values())
        opening, closing = "[" if "ge" in limits else "(", "]" if "le" in limits else ")"
        return f"a number in {opening}{low:g}, {high:g}{closing}"
    return _with_limits(_WORDS[float], limits)


def _with_limits(words: str, limits: dict[str, float]) -> str:
    if limits.keys() == {"ge", "le"}:
        return f"{words} from {limits['ge']:,} to {limits['le']:,}"
    return " ".join([words, " and ".join(f"{_LIMITS[n]} {v:,}" for n, v in limits.items())]).strip()


def _keeps(meta: Any, value: Any) -> bool:
    if isinstance(meta, OneOf):
        return value in meta.choices
    return all(getattr(operator, name)(value, limit) for name, limit in _limits(meta))


def _fits_sequence(inner: tuple[Any, ...], value: Any, origin: Any) -> bool:
    if isinstance(value, (str, bytes)) or not hasattr(value, "__len__"):
        return False
    if isinstance(value, (Mapping, Set)) and origin is not Iterable:
        return False
    if getattr(value, "shape", None) == ():  # an array that is one number has no length
        return False
    item, *more = inner
    if more and more != [...]:
        return len(value) == len(inner) and all(map(fits, inner, value))
    return all(fits(item, each) for each in value)


def _is_index(value: Any) -> bool:
    try:
        operator.index(value)
    except TypeError:
        return False
    return True
