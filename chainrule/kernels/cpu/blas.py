"""How many threads NumPy's matrix products use: all, or one each while ``workers`` share work."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

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
            _before[:] = [switch.threads() for switch in _switches()]
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


class _Switch(NamedTuple):
    """Asks a library how many threads it uses, and says how many it is to use."""

    threads: Callable[[], int]
    use: Callable[[int], object]


def _set(counts: list[int]) -> None:
    for switch, count in zip(_switches(), counts, strict=True):
        switch.use(count)


@cache
def _switches() -> list[_Switch]:
    return [_own(library) or _threadpoolctl(library) for library in _libraries()]


def _own(library: Any) -> _Switch | None:
    """The two functions of OpenBLAS itself, whatever they are called in this build: threadpoolctl
    looks them up at each call, which takes twice as long. None where its threads are OpenMP's."""
    if library.internal_api != "openblas" or library.threading_layer == "openmp":
        return None
    for prefix, suffix in itertools.product(("", "scipy_"), ("", "64_", "_64")):
        names = (f"{prefix}openblas_{verb}_num_threads{suffix}" for verb in ("get", "set"))
        threads, use = (getattr(library.dynlib, name, None) for name in names)
        if threads is not None and use is not None:
            return _Switch(threads, use)
    return None


def _threadpoolctl(library: Any) -> _Switch:
    def use(count: int) -> None:
        if hasattr(library, "clear_controlling_thread"):
            # it obeys only the first thread that ever asked; here a lock sees to order
            library.clear_controlling_thread(force=True)
        library.set_num_threads(count)

    return _Switch(library.get_num_threads, use)


@cache
def _libraries() -> list[Any]:
    """NumPy's library; found once, for the search takes a millisecond."""
    import threadpoolctl

    every = threadpoolctl.ThreadpoolController().lib_controllers
    return [library for library in every if library.user_api == "blas"]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
