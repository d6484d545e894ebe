"""Large work is cut into pieces that fit a core's cache, and each thread takes the next piece.

A piece is a few compiled loops and matrix products, one after the other on one core: no thread
waits for another in the middle of it, no pool of threads wakes up while another falls asleep, and
what one loop wrote the next finds in cache. A core that another program slows down takes fewer
pieces. Pieces do not depend on the number of threads, so neither do results.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache

import numpy as np

from ...types import Array
from .. import forks
from . import blas
from .threads import count

_inside = threading.local()
_arrays = threading.local()


def threads() -> int:
    """As many as Numba's loops use: NUMBA_NUM_THREADS, or one a core."""
    return count()


def share(work: Callable[[int], None], pieces: int) -> None:
    """``work(i)`` for each i of range(pieces), on all threads, with products on one thread each.

    An exception of any is raised once every thread has stopped. Work inside work is not shared.
    """
    numbers = iter(range(pieces))  # next() of it is one step: no two threads get the same number

    def run() -> None:
        _inside.value = True
        try:
            with forks.quiet(helping=True):
                for i in numbers:
                    work(i)
        finally:
            _inside.value = False

    if getattr(_inside, "value", False):
        for i in numbers:
            work(i)
        return
    helpers = max(0, min(threads(), pieces) - 1)
    with forks.quiet(), blas.one_thread():
        futures = [_pool(threads()).submit(run) for _ in range(helpers)]
        try:
            run()
        finally:
            wait(futures)
    for future in futures:
        future.result()


def scratch(name: str, shape: tuple[int, ...]) -> Array:
    """This thread's float32 array of that name; the next call with it gets the same memory."""
    return _own(name, math.prod(shape), np.empty).reshape(shape)


def zeros(size: int) -> Array:
    """So many zeros, to be read only."""
    return _own("zeros", size, np.zeros)


def _own(name: str, size: int, make: Callable[..., Array]) -> Array:
    known: Array | None = vars(_arrays).get(name)
    if known is None or known.size < size:
        known = make(size, np.float32)
        setattr(_arrays, name, known)
    return known[:size]


@cache
def _pool(size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix="chainrule")


if hasattr(os, "register_at_fork"):  # a forked process has the pool, but not its threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
