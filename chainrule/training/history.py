"""The record of a training, one row an epoch, and how it is shown."""

from __future__ import annotations

import csv
import io
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Real
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar

from .. import notebook, terminal
from ..errors import InputError
from ..files import WriteFailed, warn
from ..hints import Hinted
from ..notation import Lines
from ..text import percent, plural
from .batch_norm import unsettled
from .callbacks import Callback
from .checkpoint import Pending
from .page import Page

if TYPE_CHECKING:
    from ..plotting import Chart
    from .trainer import Trainer

Row = dict[str, Any]

COLUMNS = (
    "epoch", "step", "loss", "accuracy", "validation_loss", "validation_accuracy", "lr",
    "seconds", "images_per_second",
)  # fmt: skip

SHOWN = (
    ("epoch", 9),
    ("loss", 7),
    ("accuracy", 8),
    ("val loss", 8),
    ("val acc", 7),
    ("images/s", 8),
    ("seconds", 7),
)
"""Of `Progress`: names and least widths; wider numbers push the rest of their line to the right."""
GAP = "  "
MIN_WIDTH = 28
BAR, BESIDE = 24, 40  # columns of the bar; of the bar, the share done and the time left
REFRESH = 0.1  # seconds between two paintings of the bar


class History(Callback, Hinted):
    """Rows of epoch, step, loss, accuracy, validation_loss, validation_accuracy, lr, seconds and
    images_per_second; kept up to date in a CSV file if given a path. Where that cannot be written
    the training goes on, and it is tried again.

    ``loss`` and ``accuracy`` are exact over the epoch's samples, each seen with the weights of
    its step. ``seconds`` counts the whole training so far, pauses between resumes left out;
    ``images_per_second`` the epoch's training without its validation.

    InputError, from ``load_state``, for rows of other columns.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10))
    >>> history = trainer.fit(train, epochs=2, batch_size=144)
    >>> [(row["epoch"], row["step"]) for row in history.rows]
    [(1, 10), (2, 20)]
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = path
        self._file = Pending()
        self.rows: list[Row] = []
        self.seconds = 0.0
        self.learning = 0.0  # seconds of this epoch spent in steps
        self._mark = 0.0

    def on_start(self, trainer: Trainer) -> None:
        self._mark = perf_counter()

    def on_step(self, trainer: Trainer) -> None:
        self.learning += self._elapsed()
        self._file.retry()

    def on_epoch(self, trainer: Trainer) -> None:
        self._elapsed()
        validation = trainer.validation
        row = {
            "epoch": trainer.epoch,
            "step": trainer.step,
            "loss": trainer.train_loss,
            "accuracy": trainer.train_accuracy,
            "validation_loss": None if validation is None else validation.loss,
            "validation_accuracy": None if validation is None else validation.accuracy,
            "lr": trainer.optimizer.lr,
            "seconds": self.seconds,
            "images_per_second": trainer.samples_seen / self.learning if self.learning else None,
        }
        self.rows.append(row)
        self.learning = 0.0
        if self.path is not None:
            self._file.write(os.fspath(self.path), self.to_csv())

    def leave_out(self, seconds: float) -> None:
        """Count so many seconds since the last step as a pause."""
        self._mark += seconds

    def on_finish(self, trainer: Trainer) -> None:
        self._elapsed()
        try:
            self._file.finish()
        except WriteFailed as error:  # the rows are in the checkpoint too
            warn(f"{error}; it lacks the last epochs")

    def on_error(self, trainer: Trainer) -> None:
        self._file.retry(now=True)

    def plot(self) -> Chart:
        """Loss and accuracy by epoch as a figure: a notebook shows it, and ``savefig(path)`` writes
        it to a file. InputError before the first epoch has ended."""
        from ..plotting import curves

        if not self.rows:
            raise InputError("there is nothing to plot: expected one epoch or more, received none")
        epochs = [row["epoch"] for row in self.rows]
        column = {name: [row[name] for row in self.rows] for name in COLUMNS}
        panels = {
            what: {"training": column[what], "validation": column[f"validation_{what}"]}
            for what in ("loss", "accuracy")
        }
        if not any(value is not None for value in column["validation_loss"]):
            panels = {what: {"training": column[what]} for what in panels}
        return curves(epochs, panels, "epoch")

    def __repr__(self) -> str:
        if not self.rows:
            return "History(no epoch yet)"
        last = self.rows[-1]
        said = [f"{what} {last[what]:.4g}" for what in COLUMNS[2:6] if last[what] is not None]
        return f"History({plural(len(self.rows), 'epoch')}: {', '.join(said)})"

    def _repr_html_(self) -> str:
        header = [name.replace("_", " ") for name in COLUMNS]
        rows = [[notebook.number(row[name]) for name in COLUMNS] for row in self.rows]
        return notebook.html(plural(len(rows), "epoch"), [header, *rows])

    def to_csv(self) -> Lines:
        """The rows as CSV text with a header; an unknown value is an empty cell."""
        text = io.StringIO()
        if self.rows:
            writer = csv.DictWriter(text, self.rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        return Lines(text.getvalue())

    kinds: ClassVar[Mapping[str, Any]] = {
        "rows": list[dict[str, Real | None]],
        "seconds": Real,
        "learning": Real,
    }

    def state(self) -> dict[str, Any]:
        return {"rows": self.rows, "seconds": self.seconds, "learning": self.learning}

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        if any(tuple(row) != COLUMNS for row in self.rows):
            raise InputError(f"rows: expected the columns {', '.join(COLUMNS)} in each")

    def _elapsed(self) -> float:
        now = perf_counter()
        passed, self._mark = now - self._mark, now
        self.seconds += passed
        return passed


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
        self._line(trainer, [name for name, _ in SHOWN], style="bold")
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
    padded = [f"{cell:>{width}}" for cell, (_, width) in zip(cells, SHOWN, strict=True)]
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
