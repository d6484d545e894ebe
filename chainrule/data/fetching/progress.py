"""Bars for what takes long, where somebody is looking."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ...printable import printable
from ...terminal import console, is_watched
from .http import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


@contextlib.contextmanager
def shown(progress: Progress | None = None) -> Iterator[Progress]:
    """``progress`` itself if there is one, else a bar on a terminal, else nothing."""
    if progress is not None:
        yield progress
    elif is_watched(sys.stderr):
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
                print(printable(words), file=sys.stderr, flush=True)


class _Bars:
    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        self.tasks: dict[str, TaskID] = {}

    def __call__(self, name: str, done: int, total: int | None) -> None:
        from rich.markup import escape

        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(escape(printable(name)))
        self.bars.update(self.tasks[name], completed=done, total=total)

    def say(self, words: str) -> None:
        self.bars.console.print(printable(words), markup=False, highlight=False, soft_wrap=True)


def _bars() -> Iterator[Progress]:
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars
    from rich.progress import TransferSpeedColumn as Speed

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), Speed())
    with Bars(*columns, TimeRemainingColumn(), console=console(stderr=True)) as bars:
        yield _Bars(bars)


Count = Callable[[int, int], object]
"""Called with how many are done, and of how many."""


@contextlib.contextmanager
def counting(what: str, count: Count | None = None) -> Iterator[Count]:
    """``count`` itself if there is one, else a bar on a terminal that appears with the first
    call, else nothing."""
    if count is not None:
        yield count
    elif is_watched(sys.stderr):
        yield from _counter(what)
    else:
        yield lambda done, total: None


def _counter(what: str) -> Iterator[Count]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars = Bars(*columns, console=console(stderr=True), transient=True)

    def report(done: int, total: int) -> None:
        if not bars.tasks:
            bars.start()
            bars.add_task(what)
        bars.update(bars.tasks[0].id, completed=done, total=total)

    try:
        yield report
    finally:
        bars.stop()
