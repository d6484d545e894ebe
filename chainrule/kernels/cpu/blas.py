"""How many threads NumPy's matrix products use: all, or one each while ``workers`` share work."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from .. import forks

_lock = forks.keep(threading.RLock())
_inside = 0  # how many callers have asked for one thread
_mine = threading.local()  # .depth: how many of them are this thread's
_before: list[int] = []  # the libraries' own settings, which the last to leave restores


@contextmanager
def one_thread() -> Iterator[None]:
    """Matrix products run on the thread that calls them. The setting is the process's own, so
    others who multiply meanwhile get one thread, too."""
    global _inside
    with _lock:
        if _inside == 0:
            _before[:] = [library.num_threads for library in _libraries()]
            _set([1] * len(_before))
        _inside += 1
        _mine.depth = _depth() + 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            _mine.depth = _depth() - 1
            if _inside == 0:
                _set(_before)


def kernels() -> set[str]:
    """For which CPUs the kernels in use were made, by OpenBLAS's names; "" for other libraries."""
    return {getattr(library, "architecture", "") for library in _libraries()}


def _depth() -> int:
    return int(getattr(_mine, "depth", 0))


def _in_child() -> None:
    """The other threads, which would have left, are not there."""
    global _inside
    if _inside and not _depth():
        _set(_before)
    _inside = _depth()


def _set(counts: list[int]) -> None:
    for library, count in zip(_libraries(), counts, strict=True):
        if hasattr(library, "clear_controlling_thread"):
            # threadpoolctl obeys only the first thread that ever asked; here a lock sees to order
            library.clear_controlling_thread(force=True)
        library.set_num_threads(count)


@cache
def _libraries() -> list[Any]:
    """NumPy's library; found once, for the search takes a millisecond."""
    import threadpoolctl

    every = threadpoolctl.ThreadpoolController().lib_controllers
    return [library for library in every if library.user_api == "blas"]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
