"""A fork waits for what other threads are in the middle of, so that its child can compute.

A forked child has the memory of its parent and, of the threads, only the one that forked. A lock
that another thread held is then locked for good: Numba's while it compiles, OpenBLAS's in a
product, ours. So a fork (``os.fork``, ``multiprocessing``'s, a web server's) waits for two things:

    with forks.quiet():          work that must not be cut in two: a matrix product, a piece of it.
                                 Many threads may be inside; a fork waits until no other is
    forks.keep(lock)             a lock that a fork takes first and gives back in both processes

It takes as long as one kernel, or as one compilation. ``subprocess`` forks without Python, and
``spawn`` and ``forkserver`` start from a process without threads: neither waits.

What cannot be served is the rest of Python: a child that goes on with a generator whose thread
stayed in the parent, and locks of other libraries. NumPy's own products in other threads are the
caller's to end before a fork.
"""

from __future__ import annotations

import concurrent.futures.thread
import os
import threading
import time
from threading import get_ident
from typing import Any

import filelock

# Both hold a lock of their own during a fork, which a thread that we wait for may need. The hooks
# that are registered last are called first: theirs are registered by now, ours come below.
FIRST = (concurrent.futures.thread, filelock)

LONGEST = 60.0
"""Seconds that a fork waits: another library may hold what we wait for, and nothing may hang."""

LOOK = 5e-4
"""Seconds between two looks whether the kernels of other threads have ended."""

_inside: set[int] = set()  # the threads that are in quiet()
_closed = False  # while a fork is being made
_door = threading.RLock()  # held by the thread that forks
_kept: list[Any] = []  # the outermost first: a thread may hold one and ask for a later one
_held: list[Any] = []  # those that this fork has


class quiet:
    """No fork is made while a thread is inside.

    A thread that is inside already only passes, and so does one that is ``helping`` another
    that is: the fork waits for that one.
    """

    __slots__ = ("_entered", "_helping")

    def __init__(self, *, helping: bool = False) -> None:
        self._helping = helping

    def __enter__(self) -> None:
        me = get_ident()
        self._entered = me not in _inside
        _inside.add(me)
        while _closed and self._entered and not self._helping:
            _inside.discard(me)
            with _door:
                pass
            _inside.add(me)

    def __exit__(self, *_: object) -> None:
        if self._entered:
            _inside.discard(get_ident())


def keep(lock: Any) -> Any:
    """``lock``, a reentrant one, which no fork will find in another thread's hands."""
    _kept.append(lock)
    return lock


def _before() -> None:
    global _closed
    _door.acquire()
    _closed = True
    end = time.monotonic() + LONGEST
    while _inside - {get_ident()} and time.monotonic() < end:
        time.sleep(LOOK)
    # No copy: while this waits for the first lock, whoever has it may import a module with another.
    for lock in _kept:
        if lock.acquire(timeout=max(0.0, end - time.monotonic())):
            _held.append(lock)


def _after_in_parent() -> None:
    global _closed
    while _held:
        _held.pop().release()
    _closed = False
    _door.release()


def _after_in_child() -> None:
    _inside.intersection_update({get_ident()})
    _after_in_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child
    )
