"""Bars for what takes long, where somebody is looking."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..terminal import console, is_watched
from .http import Progress

if TYPE_CHECKING:
    from rich.progress import TaskID


@contextlib.contextmanager
def shown(progress: Progress | None = None) -> Iterator[Progress]:
    """``progress`` itself if there is one, else a bar on a terminal, else nothing."""
    if progress is not None:
        yield progress
    elif is_watched(sys.stderr):
        yield from _bars()
    else:
        yield lambda name, done, total: None


def _bars() -> Iterator[Progress]:
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Bars(*columns, TransferSpeedColumn(), console=console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def report(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(escape(name))
            bars.update(tasks[name], completed=done, total=total)

        yield report


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
