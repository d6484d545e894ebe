"""What a module offers: one list for ``dir``, ``help``, ``import *`` and documentation."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

from .hints import elsewhere, missing


def publish(namespace: dict[str, Any], *names: str, modules: Iterable[str] = ()) -> None:
    """Give the module with these globals its ``__all__`` and a ``__dir__`` that lists the same.

    Offered are the classes and functions that the module or its package defines, unless they
    begin with an underscore, so that the line that imports one into a package also offers it.
    ``names`` are values besides (tables, aliases), and ``modules`` are submodules, which are
    imported when they are first asked for.

    A name that is not offered says what to write instead. A package with a function of its own
    name can be called as that function is: ``cr.cost(model)`` is ``cr.cost.cost(model)``.

    A literal ``__all__`` would be a second list to keep; one that is computed in the open would
    hide every name from type checkers, which go by ``import X as X``.
    """
    home = namespace["__name__"]
    own = (name for name, thing in namespace.items() if name[0] != "_" and _is_from(home, thing))
    offered = sorted({*own, *names, *modules})
    lazy = frozenset(modules)

    def __dir__() -> list[str]:
        return list(offered)

    def __getattr__(name: str) -> Any:
        if name in lazy:
            return import_module(f"{home}.{name}")
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


def _is_from(home: str, thing: Any) -> bool:
    """Whether ``thing`` is a class or function of the module or package ``home``. Instances have
    a ``__module__`` too, but no ``__qualname__``."""
    place = getattr(thing, "__module__", None)
    return hasattr(thing, "__qualname__") and f"{place}.".startswith(f"{home}.")
