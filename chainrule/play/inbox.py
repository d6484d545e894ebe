"""What a training has been asked to do: words that come from another thread.

pause · resume        after the step
step                  one step, and pause
rate LR               go on with this learning rate
speed N               at most so many steps a second; 0: as fast as it can
stop                  end after the step, saved, to be resumed
"""

from __future__ import annotations

import _thread
import json
import signal
from collections import deque
from collections.abc import Callable, Iterator
from threading import Condition
from time import monotonic
from typing import IO, Any

LOOK = 0.5  # seconds after which a waiting training looks whether it was interrupted
WORDS = ("pause", "resume", "step", "rate", "speed", "stop")


class Inbox:
    """Words wait here until the training asks for them, which it does after each step.

    >>> inbox = Inbox()
    >>> inbox.put("rate", 0.1)
    >>> inbox.put("pause")
    >>> list(inbox.words()), inbox.paused
    ([0.1], True)
    """

    def __init__(self) -> None:
        self._words: deque[tuple[str, Any]] = deque()
        self._changed = Condition()
        self.paused = self.stopping = self.single = False
        self.speed = 0.0
        self._last = 0.0

    def __bool__(self) -> bool:
        """Whether there is anything to do after a step; it is asked after every one."""
        return bool(self._words) or self.paused or self.speed > 0

    def put(self, word: str, value: Any = None) -> None:
        """Another thread says a word."""
        with self._changed:
            self._words.append((word, value))
            if word == "stop":
                self.stopping = True
            self._changed.notify_all()

    def words(self) -> Iterator[float]:
        """Take the words since the last time: the rates among them are given, what the others say
        is kept here. A step ends them, which is to be taken before the next one."""
        while self._words:
            word, value = self._words.popleft()
            if word in ("pause", "resume"):
                self.paused, self.single = word == "pause", False
            elif word == "step":
                self.single = self.paused = True
                return
            elif word == "speed":
                self.speed = float(value)
            elif word == "rate":
                yield float(value)

    @property
    def waits_for_words(self) -> bool:
        """Whether no step is to be taken before another word."""
        return self.paused and not self.single and not self.stopping

    def wait(self, over: Callable[[], bool]) -> Iterator[float]:
        """Wait while it is paused, and as the speed says, but not once it is ``over``; gives the
        rates that come meanwhile."""
        while not over() and not self.stopping and not self.single:
            left = LOOK if self.paused else self._left()
            if left <= 0:
                return
            with self._changed:
                if not self._words:
                    self._changed.wait(min(left, LOOK))
            yield from self.words()

    def _left(self) -> float:
        """Seconds until the next step may be taken."""
        return self._last + 1 / self.speed - monotonic() if self.speed > 0 else 0.0

    def steps_on(self) -> None:
        """A step is about to be taken."""
        self.single = False
        self._last = monotonic()

    def listen(self, stream: IO[str]) -> None:
        """Take the words of a stream, a JSON list [word, value] a line, until it ends; the end, as
        of a server that was killed, is a "stop"."""
        for line in stream:
            word, value = json.loads(line)
            if word == "stop":
                break
            self.put(word, value)
        self.put("stop")
        _thread.interrupt_main(signal.SIGINT)
