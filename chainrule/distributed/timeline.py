"""When what was computed and when what was sent: a timeline in the Chrome trace format.

A file that ``chrome://tracing``, https://ui.perfetto.dev and Speedscope open: a row for each rank's
work and one for its messages. Source: "Trace Event Format", Google 2016.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import perf_counter
from typing import Any, TypeVar

from ..files import atomic_write
from .group import Group

ROWS = {"compute": 0, "wait": 0, "communication": 1}
NAMES = ("compute", "communication")
T = TypeVar("T")
UNTIMED: AbstractContextManager[None] = nullcontext()  # one for every step
_END = object()
MOST = 200_000  # events a rank: some 20 MB


class Timeline:
    """Spans of time of this rank, in seconds since the ranks began together."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self._events: list[tuple[str, str, float, float, int]] = []
        group.wait_quietly()
        group.clock()  # which all leave within microseconds
        self._origin, self._middle = perf_counter(), 0.0

    @property
    def events(self) -> list[tuple[str, str, float, float, int]]:
        """(name, kind, begin, length, bytes) of each span of this rank."""
        return self._events

    def now(self) -> float:
        return perf_counter() - self._origin

    def add(self, name: str, kind: str, since: float, sent: int = 0) -> None:
        """Something that began at ``since`` and ends now; ``sent`` are its bytes."""
        self._note(name, kind, since, self.now(), sent)

    def span(self, name: str, kind: str = "compute") -> AbstractContextManager[None]:
        """What is done inside."""
        return self._span(name, kind)

    @contextmanager
    def _span(self, name: str, kind: str) -> Iterator[None]:
        since = self.now()
        try:
            yield
        finally:
            self.add(name, kind, since)

    def halves(self, first: str, second: str) -> AbstractContextManager[None]:
        """What is done inside, before and after a call of ``halfway``."""
        return self._halves(first, second)

    @contextmanager
    def _halves(self, first: str, second: str) -> Iterator[None]:
        since = self._middle = self.now()
        try:
            yield
        finally:
            self._note(first, "compute", since, self._middle)
            self._note(second, "compute", self._middle, self.now())

    def halfway(self) -> None:
        """The first of two halves is over."""
        self._middle = self.now()

    def each(self, name: str, items: Iterable[T]) -> Iterator[T]:
        """The items, with the time that each took to arrive."""
        iterator = iter(items)
        while True:
            with self.span(name):
                item = next(iterator, _END)
            if item is _END:
                return
            yield item  # type: ignore[misc]  # nothing else is left

    def seconds(self) -> dict[str, float]:
        """The sum of the spans of each name."""
        total: dict[str, float] = {}
        for name, _, _, length, _ in self._events:
            total[name] = total.get(name, 0.0) + length
        return total

    def write(self, path: str | os.PathLike[str]) -> None:
        """Put the spans of all ranks into one file, which rank 0 writes. InputError where not."""
        ranks = self.group.exchange(self._events)
        self.group.together(lambda: self._write(path, ranks) if self.group.leads else None)

    def _note(self, name: str, kind: str, since: float, until: float, sent: int = 0) -> None:
        if len(self._events) < MOST:
            self._events.append((name, kind, since, until - since, sent))

    def _write(self, path: str | os.PathLike[str], ranks: list[Any]) -> None:
        events: list[dict[str, Any]] = []
        for rank, spans in enumerate(ranks):
            named = {"ph": "M", "pid": rank}
            events.append({**named, "name": "process_name", "args": {"name": f"rank {rank}"}})
            for row, name in enumerate(NAMES):
                events.append({**named, "tid": row, "name": "thread_name", "args": {"name": name}})
            events += [_event(rank, *span) for span in spans]
        text = json.dumps({"displayTimeUnit": "ms", "traceEvents": events})
        atomic_write(path, text)


def _event(
    rank: int, name: str, kind: str, since: float, length: float, sent: int
) -> dict[str, Any]:
    micro = {"ts": round(since * 1e6, 1), "dur": round(length * 1e6, 1)}
    more = {"args": {"bytes": sent}} if sent else {}
    return {"name": name, "cat": kind, "ph": "X", "pid": rank, "tid": ROWS[kind], **micro, **more}


class _Off(Timeline):
    """Records nothing."""

    def __init__(self) -> None:
        self._events, self._origin = [], 0.0

    def now(self) -> float:
        return 0.0

    def each(self, name: str, items: Iterable[T]) -> Iterator[T]:
        return iter(items)

    def span(self, name: str, kind: str = "compute") -> AbstractContextManager[None]:
        return UNTIMED

    def halves(self, first: str, second: str) -> AbstractContextManager[None]:
        return UNTIMED

    def _note(self, name: str, kind: str, since: float, until: float, sent: int = 0) -> None:
        return None


OFF = _Off()
