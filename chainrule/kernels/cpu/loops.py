"""How a plain Python loop becomes a compiled one.

A loop is written once, over flat or few-dimensional C-contiguous arrays, into arrays that its
wrapper allocates. It is compiled on its first call for one thread, and a second time for all
threads when a call is large enough to be worth waking them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

from ...types import Array
from .. import forks
from . import threads
from .cache import ParallelCache, SerialCache

# Sums may be reordered (that is what lets them use vector registers); NaN and infinity keep
# their meaning, because training must notice them.
FASTMATH = {"reassoc", "nsz", "contract", "arcp"}

# Elements from which two threads beat one: starting a parallel region costs about 10 us, in
# which one core streams some 30,000 float32.
PARALLEL_FROM = 1 << 18


def inline(function: Callable[..., Any]) -> Any:
    """A helper that is compiled into the loops which call it."""
    return numba.njit(function, inline="always")


def part(function: Callable[..., Any]) -> Any:
    """A function that loops call: compiled with each of them, and inlined where that pays."""
    return numba.njit(function, nogil=True, fastmath=FASTMATH, error_model="numpy")


class Loop:
    """``loop(*arguments, size=n)`` runs on one thread for small ``n``, on all for large.

    ``numba.prange`` marks the axis that threads share; on one thread it is ``range``.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.__doc__ = function.__doc__
        self.serial = _compiled(function, SerialCache, parallel=False)
        self.parallel = _compiled(function, ParallelCache, parallel=True)
        self._called = False

    def __call__(self, *arguments: Any, size: int) -> Any:
        if self._called:
            return self._run(*arguments, size=size)
        # Numba imports most of itself now. A child that is forked meanwhile would wait for ever
        # for the modules that another thread of its parent was importing.
        with forks.quiet():
            result = self._run(*arguments, size=size)
        self._called = True
        return result

    def _run(self, *arguments: Any, size: int) -> Any:
        if size < PARALLEL_FROM:
            return self.serial(*arguments)
        with threads.turn():
            return self.parallel(*arguments)


def _compiled(function: Callable[..., Any], cache: type, *, parallel: bool) -> Any:
    compiled = numba.njit(
        function, parallel=parallel, fastmath=FASTMATH, error_model="numpy", nogil=True
    )
    if not numba.config.DISABLE_JIT:
        compiled._cache = cache(function)
    return compiled


def flat(x: Array) -> Array:
    """``x`` as one contiguous row, copied only if it is a strided view."""
    return x.ravel()


def contiguous(*arrays: Array) -> bool:
    """Whether a loop may write into ``arrays`` through ``flat``: none would be copied."""
    return all(array.flags.c_contiguous for array in arrays)
