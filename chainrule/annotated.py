"""Values that come from a file, held against the annotations of what is to take them."""

from __future__ import annotations

import collections.abc
import inspect
import math
import types
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from .errors import InputError, did_you_mean

MOST = 2**31 - 1
"""Whole numbers beyond it are no size of anything."""

DEEPEST = 100
"""Lists and tables inside one another that a file may have: what walks through them is recursive,
and Python ends that at 1,000 calls."""

LENGTH = 60  # characters of a value in a message
WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a finite number",
    bool: "true or false",
    str: "a string",
    Real: "a number",
    None: "nothing",
    type(None): "nothing",
}


def expect_arguments(
    function: Callable[..., Any], given: Mapping[str, Any], name: str, *, types: bool = True
) -> None:
    """InputError unless ``function`` takes arguments of these names and, with ``types``, types.

    Numbers must be finite, and whole ones at most 2³¹ - 1. An argument without an annotation may
    be anything. ``name`` is what messages call the function.
    """
    parameters = _parameters(function)
    kinds = [p.kind for p in parameters.values()]
    for key in given:
        if key not in parameters and inspect.Parameter.VAR_KEYWORD not in kinds:
            raise InputError(f"{name} has no argument {key!r}{did_you_mean(str(key), parameters)}")
    hints = _hints(function) if types else {}
    for key, parameter in parameters.items():
        variadic = parameter.kind is parameter.VAR_POSITIONAL
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        if key not in given:
            if parameter.default is parameter.empty and not variadic:
                raise InputError(f"{name} lacks its argument {key!r}")
            continue
        hint = hints.get(key, Any)
        hint = list[hint] if variadic else hint  # type: ignore[valid-type]
        if not fits(given[key], hint):
            raise InputError(f"{name}.{key}: expected {words(hint)}, received {shown(given[key])}")


def fits(value: Any, hint: Any) -> bool:
    """Whether ``value`` is what the annotation ``hint`` says; lists pass for tuples, as in JSON."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:  # a class, since Python 3.11
        return True
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in inner)
    if origin is Literal:
        return isinstance(value, str) and value in inner
    if origin is collections.abc.Callable:
        return callable(value) and not isinstance(value, type) and not _is_layer(value)
    if origin is tuple and inner[-1:] != (...,):
        same = isinstance(value, (list, tuple)) and len(value) == len(inner)
        return same and all(map(fits, value, inner))
    if origin in (list, tuple, collections.abc.Sequence):
        return isinstance(value, (list, tuple)) and all(fits(one, inner[0]) for one in value)
    if origin in (dict, collections.abc.Mapping):
        return isinstance(value, dict) and all(
            fits(k, inner[0]) and fits(v, inner[1]) for k, v in value.items()
        )
    if hint is None:
        return value is None
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST
    if hint is Real:  # of the results of a training, which may be NaN
        return type(value) is float or (type(value) is int and abs(value) < 1e300)
    if hint is bool:  # Python's own 0 and 1 pass, as they do in a constructor
        return isinstance(value, int) and value in (0, 1)
    if hint is float:
        return (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and abs(value) < 1e308
            and math.isfinite(value)
        )
    return isinstance(value, hint) if isinstance(hint, type) else True


def _is_layer(value: Any) -> bool:
    """A layer can be called, and is no initializer for that; its ``repr`` is many lines."""
    return hasattr(value, "backward")


def is_deep(value: Any, deepest: int = DEEPEST) -> bool:
    """Whether lists and tables are nested more than ``deepest`` deep. It does not recurse."""
    level = [value]
    for _ in range(deepest + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def too_deep(deepest: int = DEEPEST) -> str:
    return f"expected lists and tables of at most {deepest} levels, received more"


def words(hint: Any) -> str:
    """The annotation as a reader wants it.

    >>> words(int | tuple[int, int]), words(Literal["zeros", "reflect"])
    ('a whole number or a list of 2 values', "'zeros' or 'reflect'")
    """
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(words(one) for one in inner)
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if origin is collections.abc.Callable:
        return "an initializer"
    if origin is tuple and inner[-1:] != (...,):
        return f"a list of {len(inner)} values"
    if origin in (list, tuple, collections.abc.Sequence):
        return f"a list, each {words(inner[0])}"
    if origin in (dict, collections.abc.Mapping):
        return f"a mapping of names to {words(inner[1])}"
    return WORDS.get(hint) or f"a {getattr(hint, '__name__', hint)}"


def shown(value: Any) -> str:
    """``repr`` of a value, cut to a length that a message can hold."""
    if isinstance(value, (list, tuple, dict)) and len(value) > LENGTH:
        return f"a {type(value).__name__} of {len(value):,}"
    if _is_layer(value):
        return f"a {type(value).__name__}"
    text = repr(value[:LENGTH] if isinstance(value, str) else value)
    return text if len(text) <= LENGTH + 2 else f"{text[:LENGTH]}…"


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """A class without a constructor of its own takes nothing, whatever its ``__new__`` takes."""
    if isinstance(function, type) and function.__init__ is object.__init__:  # type: ignore[misc]
        return {}
    return inspect.signature(function).parameters


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of the arguments; none where they cannot be resolved."""
    made = function.__init__ if isinstance(function, type) else function  # type: ignore[misc]
    try:
        return get_type_hints(made)
    except Exception:  # somebody's own layer may name types that are imported for a checker only
        return {}
