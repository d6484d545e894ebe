"""What `Progress` writes to in a notebook: one output that is rewritten, of plain HTML.

Rich's own way there needs ipywidgets, and without them shows a warning in the place of the bar.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

from .. import notebook
from ..markup import el
from ..text import duration

LINES = 30
"""Epochs that stay in sight: a notebook keeps all that is shown in its file."""


class Page:
    """Takes the place of Rich's console, and of the bar on it."""

    is_terminal, width = True, 100

    def __init__(self) -> None:
        self.file = self
        self._lines: list[str] = []
        self._total = self._first = self._began = 0.0
        self._output: Any = None

    def print(self, line: str, **style: Any) -> None:
        self._lines.append(line)
        del self._lines[1:-LINES]
        self._show()

    def flush(self) -> None:
        """All is shown at once."""

    def start(self) -> None:
        """It was begun by `add_task`."""

    def add_task(self, name: str, *, total: float, completed: float, **fields: str) -> None:
        self._total, self._first, self._began = total, completed, perf_counter()

    def update(self, task: None, *, completed: float, figures: str, left: str) -> None:
        done = completed - self._first
        if not left and done > 0:
            pace = (perf_counter() - self._began) / done
            left = duration(max(1.0, pace * (self._total - completed)), estimated=True)
        share = min(1.0, completed / self._total)
        bar = el("progress", value=f"{share:.4f}", max="1", style="width:16em;margin-right:8px")
        text = f"{share:.0%}  {figures}  {left} left"
        self._show(text, bar)

    def stop(self) -> None:
        self._show()

    def _show(self, text: str = "", bar: str = "") -> None:
        from IPython.display import display

        said = "\n".join(self._lines)
        shown = {
            "text/plain": "\n".join([said, *([text] if text else [])]),
            "text/html": notebook.html("", f"{said}\n")
            + (el("div", bar, text, style="white-space:pre-wrap") if text else ""),
        }
        if self._output is None:
            self._output = display(shown, raw=True, display_id=True)
        else:
            self._output.update(shown, raw=True)
