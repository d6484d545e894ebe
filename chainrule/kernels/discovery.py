"""The kernel modules of a back end, found by their folder: a new kernel is listed nowhere else.

A module that lists names in ``__all__`` holds kernels; one without ``__all__`` helps the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def kernel_modules(package: str, folder: Iterable[str]) -> tuple[ModuleType, ...]:
    """The modules in ``folder`` (a package's ``__path__``) that hold kernels, by name."""
    names = sorted(module.name for module in iter_modules(folder))
    modules = [import_module(f"{package}.{name}") for name in names]
    return tuple(module for module in modules if hasattr(module, "__all__"))
