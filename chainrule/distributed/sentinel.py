"""A small process beside rank 0 that sees when a rank dies or hangs, and says which.

Each rank holds a connection to it. One that ends without a farewell has died: the system closes its
connection, whatever ended it. The launcher kills the other ranks too at that moment, which is why
this is no thread of theirs. Where several have gone, the first is named: ``epoll`` lists events in
the order in which they came.

A rank says every second or so whether it computes or waits for others. One that has said nothing
for ``timeout`` seconds while another has been waiting for as long has hung. It is named, and those
that wait are told to end the job.

It runs as a plain file, needs nothing but Python, and ends when the ranks have gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import sys
import time
from typing import Any

WAITS, COMPUTES, FAREWELL, END = b"w", b"c", b"q", b"x"
TICK = 0.2
RECENTLY = 5.0
GRACE = 20.0  # seconds in which all ranks have connected, and in which they end when told to


class Rank:
    """A rank as it is seen from here."""

    def __init__(self, number: int, place: str, line: socket.socket) -> None:
        self.number, self.place, self.line = number, place, line
        self.heard = time.monotonic()
        self.waiting: float | None = None  # since when
        self.left = False

    def listen(self) -> bool:
        """Take what it has said; whether its line has ended."""
        while True:
            try:
                said = self.line.recv(4096)
            except BlockingIOError:
                return False
            except OSError:
                return True
            if not said:
                return True
            self._hear(said)

    def _hear(self, said: bytes) -> None:
        self.heard = time.monotonic()
        for i in range(len(said)):
            word = said[i : i + 1]
            if word == FAREWELL:
                self.left = True
            elif word == WAITS:
                self.waiting = self.waiting or self.heard
            else:
                self.waiting = None

    def __str__(self) -> str:
        return f"rank {self.number} ({self.place})"


def main(port: int, token: str, size: int, timeout: float, hint: str) -> None:
    """Watch ``size`` ranks that connect to the listening socket of number ``port``."""
    with contextlib.suppress(OSError):
        os.setsid()  # what ends the ranks' group of processes leaves this one its last word
    with socket.socket(fileno=port) as listener:
        ranks = connected(listener, token, size)
    if len(ranks) < size:
        return
    said = watch(ranks, timeout)
    if said:
        with contextlib.suppress(OSError):
            os.write(2, f"chainrule: {said}; {hint}\n".encode())
        end(ranks)


def connected(listener: socket.socket, token: str, size: int) -> list[Rank]:
    """The ranks, as far as they have come in time."""
    ranks: list[Rank] = []
    deadline = time.monotonic() + GRACE
    while len(ranks) < size and (left := deadline - time.monotonic()) > 0:
        listener.settimeout(left)
        with contextlib.suppress(OSError):
            line, _ = listener.accept()
            if (rank := _introduced(line, token)) is not None:
                ranks.append(rank)
            else:
                line.close()
    return ranks


def _introduced(line: socket.socket, token: str) -> Rank | None:
    """Who is on the line; None for a stranger."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        line.settimeout(5)
        told: Any = json.loads(_first_line(line))
        if told["token"] == token:
            line.setblocking(False)
            return Rank(int(told["rank"]), str(told["place"]), line)
    return None


def _first_line(line: socket.socket) -> bytes:
    """What is said up to a line break, byte by byte: what follows is for later."""
    said = b""
    while len(said) < 1000 and (byte := line.recv(1)) not in (b"", b"\n"):
        said += byte
    return said


def watch(ranks: list[Rank], timeout: float) -> str:
    """Until all have left, or one has died or hung, which the result says."""
    by_line = {rank.line.fileno(): rank for rank in ranks}
    poll = _poller(list(by_line))
    while not all(rank.left for rank in ranks):
        for number in poll():
            rank = by_line[number]
            if not rank.listen():
                continue
            if not rank.left:
                return f"{rank} has died, and the other ranks are ended"
            poll.forget(number)
        if hung := _hung(ranks, timeout):
            return hung
    return ""


def _hung(ranks: list[Rank], timeout: float) -> str:
    now = time.monotonic()
    there = [rank for rank in ranks if not rank.left]
    waiting = [
        rank
        for rank in there
        if rank.waiting and now - rank.waiting >= timeout and now - rank.heard < RECENTLY
    ]
    if not waiting:
        return ""
    silent = [rank for rank in there if rank not in waiting and now - rank.heard >= timeout]
    if silent:
        who, have = ", ".join(map(str, silent)), "has" if len(silent) == 1 else "have"
        return f"{who} {have} not answered for {timeout:g} s, and the job is ended"
    if len(waiting) == len(there):
        return f"all ranks have waited for each other for {timeout:g} s, and the job is ended"
    return ""


def end(ranks: list[Rank]) -> None:
    """Tell the ranks to end the job, and wait until they have."""
    for rank in ranks:
        with contextlib.suppress(OSError):
            rank.line.send(END)
    deadline = time.monotonic() + GRACE
    open_lines = {rank.line for rank in ranks}
    while open_lines and (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select(list(open_lines), [], [], left)
        for line in ready:
            try:
                gone = not line.recv(4096)
            except OSError:
                gone = True
            if gone:
                open_lines.discard(line)


class _Epoll:
    """Numbers of sockets with news, those first that had them first."""

    def __init__(self, numbers: list[int]) -> None:
        self._epoll = select.epoll()
        for number in numbers:
            self._epoll.register(number, select.EPOLLIN | select.EPOLLHUP | select.EPOLLET)

    def __call__(self) -> list[int]:
        return [number for number, _ in self._epoll.poll(TICK)]

    def forget(self, number: int) -> None:
        self._epoll.unregister(number)


class _Select:
    """The same where there is no epoll, in no order."""

    def __init__(self, numbers: list[int]) -> None:
        self._numbers = set(numbers)

    def __call__(self) -> list[int]:
        return select.select(list(self._numbers), [], [], TICK)[0]

    def forget(self, number: int) -> None:
        self._numbers.discard(number)


def _poller(numbers: list[int]) -> Any:
    return _Epoll(numbers) if hasattr(select, "epoll") else _Select(numbers)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5])
