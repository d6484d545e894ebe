"""A part states its arguments once, in its constructor; checks and settings come from there."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import is_dataclass
from functools import cache, wraps
from typing import Any, ClassVar, Self, TypeVar, cast, get_type_hints

from .errors import InputError, did_you_mean
from .printable import received
from .ranges import choices, fits, is_bare, rule

F = TypeVar("F", bound=Callable[..., Any])


class Checked:
    """Checks the arguments of a constructor against the types in its signature, with the ranges
    and choices that these state.

    One that breaks its rule raises InputError with its name, the rule and what was received,
    before the constructor begins.
    """

    config_name: ClassVar[str | None] = None
    """The name in settings, as in ``optimizer.name = "adam"``; None for what they cannot name."""

    described: ClassVar[str] = ""
    """What messages call one, as "a layer", where the name of the class says less."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Has the inherited constructor as an attribute of its own: without, ``inspect.signature``
        of Python 3.11.0 to 3.11.3 takes ``__new__`` for it, and no argument is checked."""
        super().__init_subclass__(**kwargs)
        inherited: Any = cls.__init__
        if "__init__" in vars(cls) or inherited is object.__init__ or is_dataclass(cls):
            return
        cls.__init__ = inherited  # type: ignore[method-assign]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        with suppress(TypeError):  # what does not fit the signature is the constructor's to say
            check(cls, inspect.signature(cls).bind_partial(*args, **kwargs).arguments)
        return super().__new__(cls)


def check(part: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """Raise InputError for the first argument of ``part`` that is not what its type says. Bare
    numbers and texts are left to a constructor, which knows their range."""
    for name, kind in argument_types(part).items():
        if name not in given or (isinstance(part, type) and is_bare(kind)):
            continue
        if fits(kind, given[name]):
            continue
        value, words = given[name], choices(kind)
        if words and isinstance(value, str):
            raise InputError(f"unknown {name} {value!r}{did_you_mean(value, words)}")
        made = f"the class: write {value.__name__}(…)" if isinstance(value, type) else ""
        raise InputError(f"{name}: expected {rule(kind)}, received {made or received(value)}")


def checked(function: F) -> F:
    """Decorates a public function, so that it checks its arguments as a class does."""

    signature = inspect.signature(function)

    @wraps(function)
    def made(*args: Any, **kwargs: Any) -> Any:
        check(function, signature.bind_partial(*args, **kwargs).arguments)
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
def argument_types(part: Callable[..., Any]) -> dict[str, Any]:
    """The types of the arguments but ``*args``, with their ranges; none for a class without a
    constructor."""
    function = part.__init__ if isinstance(part, type) else part  # type: ignore[misc]
    if function is object.__init__:
        return {}
    # The fields of a dataclass may be inherited from a module whose names are not known here.
    own = is_dataclass(part) and part.__dataclass_params__.init  # type: ignore[attr-defined]
    try:
        hints = get_type_hints(part if own else function, include_extras=True)
    except Exception:  # a user's own class may name what is there for type checkers alone
        hints = _hints_by_name(inspect.unwrap(function))
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(part).parameters.values()
    return {p.name: hints[p.name] for p in parameters if p.name in hints and p.kind not in several}


def _hints_by_name(function: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of a function of which some name what is imported for type checkers alone."""
    names = _Names({**vars(builtins), **function.__globals__})
    hints = {}
    for name, kind in function.__annotations__.items():
        with suppress(Exception):
            hints[name] = eval(kind, {}, names) if isinstance(kind, str) else kind
    return hints


class _Names(dict[str, Any]):
    """The names of a module, with stand-ins for classes imported for type checkers alone."""

    def __missing__(self, name: str) -> Any:
        return _ByName(name, (), {})


class _ByName(type):
    """A class of which only the name is known: whatever has a class of this name is one."""

    def __instancecheck__(cls, thing: object) -> bool:
        return any(kind.__name__ == cls.__name__ for kind in type(thing).__mro__)


def registry(base: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    """The subclasses of ``base`` among ``names`` that have a ``config_name``, by that name.

    A package calls it with its own ``globals()`` after its imports, so that the line that offers
    a class also registers it.
    """
    kinds = (kind for kind in names.values() if isinstance(kind, type) and issubclass(kind, base))
    named = {vars(kind).get("config_name"): kind for kind in kinds}
    return {name: named[name] for name in sorted(filter(None, named))}
