"""Threads that wait for a run to help with. They sleep in between, and nobody waits for them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue

from ... import forks
from ..threads import count

_queue: SimpleQueue[Callable[[], object]] = SimpleQueue()
_lock = forks.keep(threading.RLock())
_started = 0


def call(work: Callable[[], object], most: int) -> int:
    """Have ``work`` called by as many threads as there are cores besides this one's, at most
    ``most``; it returns how many."""
    global _started
    helpers = min(count() - 1, most)
    if helpers > _started:
        with _lock:
            while _started < helpers:
                threading.Thread(
                    target=_serve, args=(_queue,), name="chainrule-predictor", daemon=True
                ).start()
                _started += 1
    late = _queue.qsize()  # what nobody has begun yet is over by now: it must not pile up
    for _ in range(helpers - late):
        _queue.put(work)
    return max(0, helpers - late)


def _serve(queue: SimpleQueue[Callable[[], object]]) -> None:
    while True:
        work = queue.get()
        with forks.quiet(helping=True):
            work()
        del work  # and the arrays that it holds


def _in_child() -> None:
    """The threads stayed in the parent."""
    global _queue, _started
    _queue, _started = SimpleQueue(), 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
