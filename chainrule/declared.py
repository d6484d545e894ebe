"""A part states its arguments once, in its constructor; checks and settings come from there."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import cache, wraps
from typing import Any, ClassVar, Self, TypeVar, cast, get_type_hints

from .errors import InputError, did_you_mean
from .printable import received
from .ranges import choices, fits, is_ruled, rule

F = TypeVar("F", bound=Callable[..., Any])


class Checked:
    """Checks the arguments of a constructor against the ranges and choices in its signature.

    One that breaks its rule raises InputError with its name, the rule and what was received,
    before the constructor begins.
    """

    config_name: ClassVar[str | None] = None
    """The name in settings, as in ``optimizer.name = "adam"``; None for what they cannot name."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        check(cls, inspect.signature(cls).bind_partial(*args, **kwargs).arguments)
        return super().__new__(cls)


def check(part: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """Raise InputError for the first argument of ``part`` that is not what its type says."""
    for name, kind in ruled_arguments(part).items():
        if name not in given or fits(kind, given[name]):
            continue
        value, words = given[name], choices(kind)
        if words and isinstance(value, str):
            raise InputError(f"unknown {name} {value!r}{did_you_mean(value, words)}")
        raise InputError(f"{name}: expected {rule(kind)}, received {received(value)}")


def checked(function: F) -> F:
    """Decorates a function that makes a part, so that it checks its arguments as a class does."""

    @wraps(function)
    def made(*args: Any, **kwargs: Any) -> Any:
        check(function, inspect.signature(function).bind_partial(*args, **kwargs).arguments)
        return function(*args, **kwargs)

    return cast(F, made)


def word(name: str) -> str:
    """A name as settings spell it: "Cross_Entropy" is "cross-entropy"."""
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def part(name: str, given: Any, base: Any, known: Mapping[str, Any], example: str) -> Any:
    """The part that the argument ``name`` means: an instance of ``base``, or one that its class, or
    its name among ``known``, makes without arguments.

    InputError for anything else, with ``example`` as what to write.
    """
    if isinstance(given, base):
        return given
    kind = given
    if isinstance(given, str) and known:
        by_word = {word(key): made for key, made in known.items()}
        by_word |= {made.__name__.lower(): made for made in known.values()}
        if (kind := by_word.get(word(given))) is None:
            near = did_you_mean(given, known)
            raise InputError(f"{name}: unknown name {given!r}{near}; or write {example}")
    if not (isinstance(kind, type) and issubclass(kind, base)):
        raise InputError(f"{name}: expected {example}, received {received(given)}")
    lacking = [
        p.name
        for p in inspect.signature(kind).parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    if lacking and not inspect.isabstract(kind):
        example = f"{kind.__name__}({', '.join(f'{each}=…' for each in lacking)})"
    if lacking or inspect.isabstract(kind):
        raise InputError(f"{name}: expected {example}, received the class {kind.__name__}")
    return kind()


@cache
def ruled_arguments(part: Callable[..., Any]) -> dict[str, Any]:
    """The arguments of a class or function whose types state a range or a choice."""
    return {name: kind for name, kind in argument_types(part).items() if is_ruled(kind)}


@cache
def argument_types(part: Callable[..., Any]) -> dict[str, Any]:
    """The types of the arguments, with their ranges; none for a class without a constructor."""
    function = part.__init__ if isinstance(part, type) else part  # type: ignore[misc]
    if function is object.__init__:
        return {}
    # The fields of a dataclass may be inherited from a module whose names are not known here.
    hints = get_type_hints(part if is_dataclass(part) else function, include_extras=True)
    return {name: hints[name] for name in inspect.signature(part).parameters if name in hints}


def registry(base: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    """The subclasses of ``base`` among ``names`` that have a ``config_name``, by that name.

    A package calls it with its own ``globals()`` after its imports, so that the line that offers
    a class also registers it.
    """
    kinds = (kind for kind in names.values() if isinstance(kind, type) and issubclass(kind, base))
    named = {vars(kind).get("config_name"): kind for kind in kinds}
    return {name: named[name] for name in sorted(filter(None, named))}
