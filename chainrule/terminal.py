"""The terminal that people look at, if they do."""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

NARROWEST = 40
"""Columns that a terminal is taken to have at least: one that says 0, as some do, has more."""


def is_watched(stream: IO[str] | None) -> bool:
    """Whether ``stream`` is a terminal. A program without a console has no streams at all."""
    return stream is not None and not stream.closed and stream.isatty()


def in_notebook() -> bool:
    """Whether this is run in a kernel: a terminal's IPython has none."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None


def console(*, stderr: bool = False, **options: Any) -> Console:
    """Rich's console for stdout or stderr, wide enough for a word a line whatever $COLUMNS says."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    if stream is not None and stream.closed:
        options["quiet"] = True
    made = Console(stderr=stderr, highlight=False, **options)
    if made.width < NARROWEST:
        made.width = NARROWEST
    return made
