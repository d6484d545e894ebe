"""On whose registers kernels run: the CPU's, or the software model's where a test asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ....types import Array
from . import model, support
from .tiles import CONFIG

_modelled: ContextVar[bool] = ContextVar("modelled", default=False)


def usable() -> bool:
    """Whether kernels on tiles may be called by this thread."""
    return _modelled.get() or support.available()


def maker() -> Callable[[], Array]:
    """What makes a kernel's first argument ``t``: asked by the calling thread, called by each that
    computes a piece, for the model's registers are one thread's.
    """
    if _modelled.get():
        return model.registers
    if not support.available():  # the first instruction would end the process
        raise RuntimeError("this CPU or its system has no AMX tiles; ask usable() before")
    return _cpu


@contextmanager
def modelled() -> Iterator[None]:
    """Inside, kernels on tiles run on the software model, on any CPU: slow, the same bits."""
    token = _modelled.set(True)
    try:
        yield
    finally:
        _modelled.reset(token)


def _cpu() -> Array:
    return CONFIG
