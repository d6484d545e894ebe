"""What kernels have to say to those who call them: that one is compiled or loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

T = TypeVar("T")

_listeners: list[Callable[[], None]] = []
_prepared = 0


@contextmanager
def when_compiling(listener: Callable[[], None]) -> Iterator[None]:
    """Inside, ``listener`` is called once, when a kernel must be compiled because no cache has it.

    It hears nothing of what happens after the block.
    """
    _listeners.append(listener)
    try:
        yield
    finally:
        if listener in _listeners:
            _listeners.remove(listener)


def compiling() -> None:
    """Tell the listeners, who then have heard it."""
    with suppress(IndexError):  # none is left; another thread may compile at the same time
        while True:
            _listeners.pop()()


def preparing() -> None:
    """A kernel is called with new types of arguments: it is loaded from a cache, or compiled."""
    global _prepared
    _prepared += 1


def settled(call: Callable[[], T]) -> T:
    """The result of ``call()``, made again for as long as it had to load or compile kernels.

    For whoever measures time or memory: compiling one loop takes seconds and tens of megabytes,
    and a first call with larger arrays may meet kernels that one with smaller arrays did not.
    """
    while True:
        before = _prepared
        result = call()
        if _prepared == before:
            return result
