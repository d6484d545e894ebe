"""Large arrays are taken from the last step's: a fresh one costs a page fault for every 4 KB.

A step allocates the same arrays as the step before it, and the system clears each page of each
of them again, which takes longer than most kernels. So a block of memory that nobody refers to
any more is kept and given out again.

Nobody has to hand a block back, and nothing can be overwritten that is still in use: every view
of a block, however it was made, holds a reference to it, and a block is free exactly when the
pool's own is the only one left. The pool never holds more than was in use at one time, so it
does not add to the peak; ``reuse(False)`` turns it off.
"""

from __future__ import annotations

import math
import sys
import threading
from typing import Any

import numpy as np

from ...types import Array
from .. import forks

SMALLEST = 1 << 19  # bytes; smaller arrays come from the allocator's own free lists
CACHE_LINE = 64
WASTE = 1.25  # a block may be so many times as large as what it is taken for
SLACK = 1.05  # the pool may hold so many times the bytes that were in use at one time


class Workspace:
    """``empty(shape, dtype)`` is ``np.empty``, out of blocks that are used again."""

    def __init__(self) -> None:
        self.blocks: list[Array] = []  # the most recently used last
        self.most = 0  # bytes that were in use at one time
        self.on = sys.implementation.name == "cpython" and _counts_references()
        self._lock = threading.RLock()

    def empty(self, shape: tuple[int, ...], dtype: Any = np.float32) -> Array:
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if size < SMALLEST or not self.on:
            return np.empty(shape, dtype)
        with self._lock:
            block = self._take(size)
            array: Array = block[:size].view(dtype).reshape(shape)
            return array

    def _take(self, size: int) -> Array:
        fitting = [i for i in self._free() if size <= self.blocks[i].size <= WASTE * size]
        if fitting:
            block = self.blocks.pop(min(fitting, key=lambda i: self.blocks[i].size))
        else:
            block = self._allocate(size)
        self.blocks.append(block)
        return block

    def _allocate(self, size: int) -> Array:
        total, free = sum(block.size for block in self.blocks) + size, self._free()
        self.most = max(self.most, total - sum(self.blocks[i].size for i in free))
        surplus = []
        for i in free:  # the least recently used first
            if total <= SLACK * self.most:
                break
            total -= self.blocks[i].size
            surplus.append(i)
        for i in reversed(surplus):
            del self.blocks[i]
        return _from_line(size)

    def _free(self) -> list[int]:
        return [i for i in range(len(self.blocks)) if sys.getrefcount(self.blocks[i]) == ALONE]

    def clear(self) -> None:
        """Give all free memory back to the system."""
        with self._lock:
            for i in reversed(self._free()):
                del self.blocks[i]
            self.most = 0


def _from_line(size: int) -> Array:
    """``size`` bytes that begin with a cache line: vectors of 64 bytes, and rows of tiles, then lie
    in one line each. The system's begin 16 bytes after one.

    It is no view of an array, for views of it would refer to that array instead.
    """
    whole = np.empty(size + CACHE_LINE, np.uint8)
    first = -whole.ctypes.data % CACHE_LINE
    return np.frombuffer(memoryview(whole.data)[first : first + size], np.uint8)


_listed = [object()]
ALONE = sys.getrefcount(_listed[0])  # of what only a list holds


def _counts_references() -> bool:
    """Not so on an interpreter without a global lock, which counts by thread."""
    return getattr(sys, "_is_gil_enabled", lambda: True)()


shared = Workspace()
forks.keep(shared._lock)
empty = shared.empty


def empty_like(x: Array) -> Array:
    """A C-contiguous array of x's shape and dtype."""
    return empty(x.shape, x.dtype)


def reuse(on: bool) -> None:
    """Whether large arrays are used again, from now on (the default), or always fresh."""
    shared.on = on
    if not on:
        shared.clear()
