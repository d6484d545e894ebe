"""Progress: a live bar on a terminal, one plain line an epoch everywhere else."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

from .. import terminal
from ..text import percent
from .callbacks import Callback
from .page import Page
from .settling import unsettled

if TYPE_CHECKING:
    from .trainer import Trainer

COLUMNS = (
    ("epoch", 9),
    ("loss", 7),
    ("accuracy", 8),
    ("val loss", 8),
    ("val acc", 7),
    ("images/s", 8),
    ("seconds", 7),
)
"""Names and least widths; wider numbers push the rest of their line to the right."""
GAP = "  "
MIN_WIDTH = 28
BAR, BESIDE = 24, 40  # columns of the bar; of the bar, the share done and the time left
REFRESH = 0.1  # seconds between two paintings of the bar


class Progress(Callback):
    """Shows a training. Finished epochs become lines; on a terminal and in a notebook a bar with
    loss, accuracy, images/s and the time left lives below them. In a file or a pipe only the lines
    appear. `Trainer.fit` adds one by itself where somebody looks.

    A narrow terminal gets fewer columns, and no line is broken. If whoever reads goes away, as
    ``| head`` does, the training ends as after Ctrl-C: its step is finished and everything is
    saved. ``gone`` is the BrokenPipeError that says so.

    >>> import io
    >>> from rich.console import Console
    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> console = Console(file=io.StringIO(), width=80)
    >>> trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10), callbacks=[Progress(console)])
    >>> history = trainer.fit(train, epochs=2)
    >>> [line.split()[0] for line in console.file.getvalue().splitlines()]
    ['epoch', '1/2', '2/2']
    """

    def __init__(self, console: Any = None) -> None:
        self._console = console if console is not None else _console()
        self._bar: Any = None
        self._task: Any = None
        self._painted = self._started = 0.0
        self._steps_before = self._batch_before = 0
        self.gone: BrokenPipeError | None = None  # since when nobody reads

    def on_start(self, trainer: Trainer) -> None:
        self._started, self._steps_before = perf_counter(), trainer.step
        self._line(trainer, [name for name, _ in COLUMNS], style="bold")
        if self._console.is_terminal:
            self._bar = _bar(self._console, budget=trainer.budget is not None)
            total = trainer.batches * trainer.epochs
            self._task = self._bar.add_task(
                "", total=total, completed=trainer.planned, figures="", left=""
            )
            self._bar.start()

    def on_step(self, trainer: Trainer) -> None:
        now = perf_counter()
        if self._bar is None or now - self._painted < REFRESH:
            return
        self._painted = now
        batch = trainer.samples_seen / max(1, trainer.batch)
        speed = (trainer.step - self._steps_before) * batch / (now - self._started)
        figures = self._fitting(
            f"epoch {trainer.epoch + 1}/{trainer.epochs}",
            f"loss {_loss(trainer.train_loss)}",
            f"accuracy {percent(trainer.train_accuracy, 2)}",
            f"{speed:,.0f} images/s",
        )
        left = "" if trainer.budget is None else _clock(trainer.budget.seconds_left(trainer))
        self._bar.update(self._task, completed=trainer.planned, figures=figures, left=left)

    def on_epoch(self, trainer: Trainer) -> None:
        row = trainer.history.rows[-1]
        cells = (
            f"{row['epoch']}/{trainer.epochs}",
            _loss(row["loss"]),
            percent(row["accuracy"], 2),
            "" if row["validation_loss"] is None else _loss(row["validation_loss"]),
            "" if row["validation_accuracy"] is None else percent(row["validation_accuracy"], 2),
            f"{row['images_per_second'] or 0:,.0f}",
            f"{row['seconds']:.1f}",
        )
        self._line(trainer, cells)

    def on_finish(self, trainer: Trainer) -> None:
        self.on_error(trainer)
        ending = "" if trainer.budget is None else trainer.budget.ending(trainer)
        for line in (ending, unsettled(trainer)):
            if line:
                self._console.print(line, soft_wrap=True, highlight=False, markup=False)

    def on_error(self, trainer: Trainer) -> None:
        if self._bar is not None:
            self._bar.stop()  # gives the cursor back
            self._bar = None

    def _fitting(self, *figures: str) -> str:
        """As many of the figures as there is room for beside the bar, each of them whole."""
        room = self._console.width - (BESIDE if self._console.width >= 80 else BESIDE - BAR)
        while len(figures) > 1 and len("  ".join(figures)) > room:
            figures = figures[:-1]
        return "  ".join(figures)

    def _line(self, trainer: Trainer, cells: Sequence[str], style: str | None = None) -> None:
        room = self._console.width if self._console.is_terminal else math.inf
        line = _line(cells, max(room, MIN_WIDTH))
        try:
            self._console.print(line, style=style, soft_wrap=True, markup=False)
            self._console.file.flush()
        except BrokenPipeError as error:
            self._leave(trainer, error)
        except SystemExit:  # Rich's own answer to a broken pipe
            self._leave(trainer, BrokenPipeError())

    def _leave(self, trainer: Trainer, error: BrokenPipeError) -> None:
        self.gone, trainer.stop = error, True
        self.on_finish(trainer)


def _console() -> Any:
    return Page() if terminal.in_notebook() else terminal.console()


@contextmanager
def shown(trainer: Trainer, progress: bool | None) -> Iterator[None]:
    """Inside, the trainer shows its progress unless it does already; where ``progress`` is None,
    if somebody looks: at a terminal, or at a notebook."""
    if progress is None:
        progress = terminal.in_notebook() or terminal.is_watched(sys.stdout)
    if not progress or trainer.callback(Progress) is not None:
        yield
        return
    callback = Progress()
    trainer.callbacks.append(callback)
    try:
        yield
    finally:
        trainer.callbacks.remove(callback)
    if callback.gone:
        raise callback.gone


def _clock(seconds: float) -> str:
    """75 -> "1:15", as the bar shows it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _line(cells: Sequence[str], room: float = math.inf) -> str:
    """As many cells under their names as there is room for, never without a gap between two."""
    padded = [f"{cell:>{width}}" for cell, (_, width) in zip(cells, COLUMNS, strict=True)]
    while len(padded) > 3 and len(GAP.join(padded)) > room:
        padded.pop()
    return GAP.join(padded)


def _loss(value: float) -> str:
    """Four decimals, and four significant digits of a loss that has run away."""
    return f"{value:.4f}" if abs(value) < 1000 else f"{value:.4g}"


def _bar(console: Any, *, budget: bool = False) -> Any:
    """A time budget, which changes the pace, knows the time that is left better than the pace."""
    if isinstance(console, Page):
        return console
    from rich import progress

    wide = [progress.BarColumn(bar_width=BAR)] if console.width >= 80 else []
    return progress.Progress(
        *wide,
        progress.TaskProgressColumn(),
        progress.TextColumn("{task.fields[figures]}"),
        progress.TextColumn("{task.fields[left]}", style="progress.remaining")
        if budget
        else progress.TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
    )
