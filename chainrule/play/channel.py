"""What has happened, for pages that come late, come back, or look all at once.

Each event has a number. Of most kinds only the newest counts; those of `SERIES` are rows, of which
all count. A page that has seen event n is sent what came after it, with the rows of one kind
together; one that has seen nothing, or events of another job or of a server before this one, is
sent everything that counts. However many pages there are, an event is put into words once.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any

from .answers import dumps

SERIES = ("points", "probes", "epoch", "checks", "rates", "warning")
MOST = 40_000  # rows of a kind; of more, every second of the older ones is forgotten
PACE = 0.1  # seconds between two messages to a page
BEAT = 15.0  # seconds after which a silent connection says that it is alive


class Channel:
    """The events of the job that is going on, and of the one that was.

    >>> channel = Channel()
    >>> channel.publish("points", [[1, 0.5]])
    >>> channel.publish("points", [[2, 0.4]])
    >>> channel.publish("state", {"phase": "training"})
    >>> channel.since("")["events"]
    [['points', [[1, 0.5], [2, 0.4]]], ['state', {'phase': 'training'}]]
    >>> channel.since(channel.id)["events"]
    []
    """

    def __init__(self) -> None:
        self._changed: set[asyncio.Event] = set()
        self._closed = False
        self.clear()

    def clear(self) -> None:
        """Forget everything: a new job begins."""
        self._job, self._count = secrets.token_hex(4), 0
        self._rows: dict[str, list[tuple[int, Any]]] = {}
        self._newest: dict[str, tuple[int, Any]] = {}
        self._said: tuple[str, str, bytes] = ("", "", b"")
        self._wake()

    @property
    def id(self) -> str:
        """Of the last event: the job, and its number."""
        return f"{self._job}-{self._count}"

    def newest(self, kind: str) -> Any:
        """The newest data of a kind; None where there are none."""
        return self._newest.get(kind, (0, None))[1]

    def publish(self, kind: str, data: Any) -> None:
        """An event. ``data`` of a kind of `SERIES` that is a list is so many rows."""
        self._count += 1
        if kind in SERIES:
            rows = self._rows.setdefault(kind, [])
            rows += [(self._count, row) for row in (data if isinstance(data, list) else [data])]
            if len(rows) > MOST:
                rows[: MOST // 2] = rows[: MOST // 2 : 2]
        else:
            self._newest[kind] = (self._count, data)
        self._wake()

    def since(self, seen: str) -> dict[str, Any]:
        """What a page needs that has seen this event: {"id", "after", "events": [[kind, data] …]}.
        ``after`` is "" if what it has is to be forgotten."""
        job, _, number = seen.partition("-")
        known = job == self._job and number.isascii() and number.isdigit() and len(number) < 18
        last = int(number) if known else 0
        events = [
            [kind, rows]
            for kind, every in self._rows.items()
            if (rows := [row for n, row in _newer(every, last)])
        ]
        events += [[kind, data] for kind, (n, data) in self._newest.items() if n > last]
        return {"id": self.id, "after": seen if known else "", "events": events}

    def message(self, seen: str) -> bytes:
        """The same as a server-sent event, made once for all pages that have seen as much."""
        if self._said[:2] != (seen, self.id):
            text = f"id: {self.id}\nevent: events\ndata: {dumps(self.since(seen))}\n\n"
            self._said = seen, self.id, text.encode()
        return self._said[2]

    async def stream(self, seen: str) -> AsyncIterator[bytes]:
        """Server-sent events from there on, until the server ends."""
        changed = asyncio.Event()
        self._changed.add(changed)
        yield b"retry: 1000\n\n"
        try:
            while not self._closed:
                if seen != self.id:
                    said = self.message(seen)
                    seen = self.id
                    yield said
                    await asyncio.sleep(PACE)
                try:
                    async with asyncio.timeout(BEAT):
                        if seen == self.id and not self._closed:
                            await changed.wait()
                except TimeoutError:
                    yield b": alive\n\n"
                changed.clear()
        finally:
            self._changed.discard(changed)

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        for changed in self._changed:
            changed.set()


def _newer(rows: list[tuple[int, Any]], last: int) -> list[tuple[int, Any]]:
    """Those with a higher number; they are in order, and mostly few."""
    if not last:
        return rows
    start = len(rows)
    while start and rows[start - 1][0] > last:
        start -= 1
    return rows[start:]
