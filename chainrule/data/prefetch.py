"""Work that is done in another thread before its result is asked for."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextvars import copy_context
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")

_END = object()


def prefetch(items: Iterable[T], depth: int = 2) -> Iterator[T]:
    """Yield ``items``, made in a thread of their own, at most ``depth`` of them in store.

    An exception in the thread is raised here, after the items before it. However the consumer
    ends (break, exception, Ctrl-C), the thread ends with it: it is waited for when this iterator
    is closed, which Python does as soon as nobody holds it.

    Raises RuntimeError in a forked process that goes on with an iterator of its parent: the
    thread is not there, and the items would never come.
    """
    store: SimpleQueue[tuple[object, BaseException | None]] = SimpleQueue()
    places = threading.Semaphore(depth)
    closed = threading.Event()
    process = os.getpid()

    def make() -> None:
        failure: BaseException | None = None
        iterator = iter(items)
        try:
            while True:
                places.acquire()
                if closed.is_set():
                    break
                store.put((next(iterator), None))
        except StopIteration:
            pass
        except BaseException as error:
            failure = error
        store.put((_END, failure))

    # The choice of kernels is a context variable, and holds in the thread too.
    thread = threading.Thread(
        target=copy_context().run, args=(make,), name="chainrule loader", daemon=True
    )
    try:
        thread.start()  # in which Ctrl-C may come, too, and the thread be running already
        while True:
            if os.getpid() != process:
                raise RuntimeError(
                    "a forked process cannot go on with an iterator that its parent began, whose "
                    "thread stayed there; iterate from the start where the items are used"
                )
            item, failure = store.get()
            if item is _END:
                if failure is not None:
                    raise failure
                return
            places.release()
            yield item  # type: ignore[misc]  # the queue holds nothing else
    finally:
        closed.set()
        places.release()
        if thread.ident is not None:  # else it never ran, or finds at once that all is closed
            thread.join()
