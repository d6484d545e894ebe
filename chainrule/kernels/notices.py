"""What kernels have to say to a person, for programs that have one in front of them."""

from __future__ import annotations

from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def when_compiling(listener: Callable[[], None]) -> None:
    """Call ``listener`` once, when a kernel must be compiled because no cache has it."""
    _listeners.append(listener)


def compiling() -> None:
    """Tell the listeners, who then have heard it."""
    while _listeners:
        _listeners.pop()()
