"""How fast a server sends, and when it is left for another or given up.

left      slower than SLOW over WINDOW seconds, with more than SOON seconds to go, while
          another address has not failed. CIFAR-10's home sends 50 to 85 kB/s this year: its
          170 MB take about 40 minutes there, and seconds elsewhere
given up  slower than CRAWL over PATIENCE seconds, cut connections included, when there is
          no other. So a file takes at most its size / CRAWL: 4.7 hours for CIFAR-10
"""

from __future__ import annotations

import time
from collections.abc import Callable

SLOW = 200_000.0
"""Bytes a second."""

CRAWL = 10_000.0
"""Bytes a second."""

WINDOW = 20.0
"""Seconds over which the speed is taken."""

PATIENCE = 120.0
"""Seconds over which it is taken of the only server: one stall of 30 s is no reason to end."""

SOON = 30.0
"""Seconds of work that are not worth a change of address."""


class TooSlow(Exception):
    """The server is left as long as there is another. ``speed`` is in bytes a second."""

    def __init__(self, speed: float, left: float | None) -> None:
        super().__init__(in_words(speed, left))
        self.speed = speed


class Crawling(Exception):
    """The server is given up."""


class Pace:
    """Told of the bytes that are there, again and again, over all connections to one address.

    leave  whether there is another address to go to
    warn   called once with the speed and the time left, in words, of a slow one that is kept
    """

    def __init__(
        self,
        have: int,
        *,
        leave: bool = False,
        warn: Callable[[str], object] = len,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._clock = clock or time.monotonic
        self._leave, self._warn, self._warned = leave, warn, False
        self._window = self._long = (self._clock(), have)
        self._restarted = False

    def told(self, have: int, total: int | None) -> None:
        """Raises TooSlow at the end of a window, Crawling at the end of a long one."""
        now = self._clock()
        if have < self._window[1]:  # it had to start over: what it sent before is no measure
            self._window = (now, have)
            self._long = self._long if self._restarted else (now, have)
            self._restarted = True  # but again and again is no speed at all
        if now - self._long[0] >= PATIENCE and not self._leave:
            speed, self._long = _speed(self._long, now, have), (now, have)
            if speed < CRAWL:
                raise Crawling(f"sends only {in_words(speed, None)}")
        if now - self._window[0] < WINDOW:
            return
        speed, self._window = _speed(self._window, now, have), (now, have)
        left = (total - have) / speed if total is not None and speed > 0 else None
        if speed >= SLOW or (left is not None and left <= SOON):
            return
        if self._leave:
            raise TooSlow(speed, left)
        if not self._warned:
            self._warned = True
            self._warn(in_words(speed, left))


def _speed(since: tuple[float, int], now: float, have: int) -> float:
    seconds, had = now - since[0], since[1]
    return max(0, have - had) / seconds


def in_words(speed: float, left: float | None) -> str:
    """``60 kB/s, about 47 minutes left``"""
    shown = f"{speed / 1000:.0f} kB/s" if speed >= 1000 else f"{speed:.0f} B/s"
    return shown if left is None else f"{shown}, about {_duration(left)} left"


def _duration(seconds: float) -> str:
    for unit, length in (("hour", 3600), ("minute", 60)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.0f} {unit}s"
    return "a minute" if seconds >= 45 else f"{seconds:.0f} seconds"
