"""What a module offers: one list for ``dir``, ``help``, ``import *`` and documentation; and what
was offered under another name before, which still works."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any, ParamSpec, TypeVar

from .hints import elsewhere, missing

P = ParamSpec("P")
R = TypeVar("R")


def publish(
    namespace: dict[str, Any],
    *names: str,
    modules: Iterable[str] = (),
    renamed: Mapping[str, str] | None = None,
) -> None:
    """Give the module with these globals its ``__all__`` and a ``__dir__`` that lists the same.

    Offered are the classes and functions that the module or its package defines, unless they
    begin with an underscore, so that the line that imports one into a package also offers it.
    ``names`` are values besides (tables, aliases), ``modules`` are submodules, which are
    imported when they are first asked for, and ``renamed`` are old names, each with the new one.

    A name that is not offered says what to write instead. A package with a function of its own
    name can be called as that function is: ``cr.cost(model)`` is ``cr.cost.cost(model)``.

    A literal ``__all__`` would be a second list to keep; one that is computed in the open would
    hide every name from type checkers, which go by ``import X as X``.
    """
    home = namespace["__name__"]
    own = (name for name, thing in namespace.items() if name[0] != "_" and _is_from(home, thing))
    offered = sorted({*own, *names, *modules})
    lazy, old = frozenset(modules), renamed or {}

    def __dir__() -> list[str]:
        return list(offered)

    def __getattr__(name: str) -> Any:
        if name in lazy:
            return import_module(f"{home}.{name}")
        if name in old:
            _tell(f"{home}.{name}", f"{home}.{old[name]}")
            return namespace[old[name]]
        raise AttributeError(absent(home, name, offered), name=name)

    namespace.update(__all__=list(offered), __dir__=__dir__)
    namespace.setdefault("__getattr__", __getattr__)
    if isinstance(namespace.get(home.rpartition(".")[2]), FunctionType):
        sys.modules[home].__class__ = CallableModule


def absent(home: str, name: str, offered: Iterable[str] = ()) -> str:
    """The message that the module ``home`` has no ``name``."""
    said = f"module {home!r} has no attribute {name!r}"
    if name.startswith("_"):
        return said
    return said + (missing(home, name) or elsewhere(home, name) or missing(home, name, offered))


class CallableModule(ModuleType):
    """A module that is called as the function of its own name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._namesake(*args, **kwargs)

    @property
    def _namesake(self) -> Any:
        return vars(self)[self.__name__.rpartition(".")[2]]

    @property
    def __signature__(self) -> Any:
        from inspect import signature

        return signature(self._namesake)


def old_keywords(**renamed: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorates a function whose keywords once had other names: ``old_keywords(old="new")``.

    An old one is still accepted, with a DeprecationWarning. Raises TypeError for both at once.
    """

    def decorated(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            for old in renamed.keys() & kwargs.keys():
                new, place = renamed[old], function.__qualname__.removesuffix(".__init__")
                if new in kwargs:
                    raise TypeError(f"{place}: expected one of {new} and {old}, received both")
                _tell(f"{place}({old}=)", f"{new}=")
                kwargs[new] = kwargs.pop(old)
            return function(*args, **kwargs)

        return called

    return decorated


def _tell(old: str, new: str) -> None:
    message = f"{old} is now {new}; the old name is still accepted"
    warnings.warn(message, DeprecationWarning, stacklevel=3)


def _is_from(home: str, thing: Any) -> bool:
    """Whether ``thing`` is a class or function of the module or package ``home``. Instances have
    a ``__module__`` too, but no ``__qualname__``."""
    place = getattr(thing, "__module__", None)
    return hasattr(thing, "__qualname__") and f"{place}.".startswith(f"{home}.")
