"""A bar for downloads, where somebody is looking."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .http import Progress

if TYPE_CHECKING:
    from rich.progress import TaskID


@contextlib.contextmanager
def shown(progress: Progress | None = None) -> Iterator[Progress]:
    """``progress`` itself if there is one, else a bar on a terminal, else nothing."""
    if progress is not None:
        yield progress
    elif sys.stderr.isatty():
        yield from _bars()
    else:
        yield lambda name, done, total: None


def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Bars(*columns, TransferSpeedColumn(), console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def report(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name)
            bars.update(tasks[name], completed=done, total=total)

        yield report
