"""Bars for what takes long, where somebody is looking."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .http import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


@contextlib.contextmanager
def shown(progress: Progress | None = None) -> Iterator[Progress]:
    """``progress`` itself if there is one, else a bar on a terminal, else nothing."""
    if progress is not None:
        yield progress
    elif _watched():
        yield from _bars()
    else:
        yield _Lines()


def say(progress: Progress, words: str) -> None:
    """A line beside the bars, if ``progress`` is one of ours; a caller's own function has none."""
    getattr(progress, "say", len)(words)


class _Lines:
    """Where nobody watches: only what is out of the ordinary, one line each."""

    def __call__(self, name: str, done: int, total: int | None) -> None:
        pass

    def say(self, words: str) -> None:
        if sys.stderr is not None:
            with contextlib.suppress(OSError, ValueError):  # it may be closed
                print(words, file=sys.stderr, flush=True)


class _Bars:
    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        self.tasks: dict[str, TaskID] = {}

    def __call__(self, name: str, done: int, total: int | None) -> None:
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(name)
        self.bars.update(self.tasks[name], completed=done, total=total)

    def say(self, words: str) -> None:
        self.bars.console.print(words, markup=False, highlight=False, soft_wrap=True)


def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars
    from rich.progress import TransferSpeedColumn as Speed

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), Speed())
    with Bars(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        yield _Bars(bars)


def _watched() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


Count = Callable[[int, int], object]
"""Called with how many are done, and of how many."""


@contextlib.contextmanager
def counting(what: str, count: Count | None = None) -> Iterator[Count]:
    """``count`` itself if there is one, else a bar on a terminal that appears with the first
    call, else nothing."""
    if count is not None:
        yield count
    elif _watched():
        yield from _counter(what)
    else:
        yield lambda done, total: None


def _counter(what: str) -> Iterator[Count]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars = Bars(*columns, console=Console(stderr=True), transient=True)

    def report(done: int, total: int) -> None:
        if not bars.tasks:
            bars.start()
            bars.add_task(what)
        bars.update(bars.tasks[0].id, completed=done, total=total)

    try:
        yield report
    finally:
        bars.stop()
