"""Progress: a live bar on a terminal, one plain line an epoch everywhere else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from .. import terminal
from .callbacks import Callback

if TYPE_CHECKING:
    from .trainer import Trainer

COLUMNS = (
    ("epoch", 9),
    ("loss", 9),
    ("accuracy", 10),
    ("val loss", 10),
    ("val acc", 9),
    ("images/s", 10),
    ("seconds", 9),
)
MIN_WIDTH = 28  # epoch, loss and accuracy are always shown
BAR, BESIDE = 24, 40  # columns of the bar; of the bar, the share done and the time left
REFRESH = 0.1  # seconds between two paintings of the bar


class Progress(Callback):
    """Shows a training. Finished epochs become lines; on a terminal a bar with loss, accuracy,
    images/s and the time left lives below them. In a file or a pipe only the lines appear.

    A narrow terminal gets fewer columns, and no line is broken. If whoever reads goes away, as
    ``| head`` does, the training ends as after Ctrl-C: its step is finished and everything is
    saved. ``gone`` is the BrokenPipeError that says so.
    """

    def __init__(self, console: Any = None) -> None:
        self._console = console if console is not None else terminal.console()
        self._bar: Any = None
        self._task: Any = None
        self._painted = self._started = 0.0
        self._steps_before = self._batch_before = 0
        self.gone: BrokenPipeError | None = None  # since when nobody reads

    def on_start(self, trainer: Trainer) -> None:
        self._started, self._steps_before = perf_counter(), trainer.step
        self._line(trainer, [name for name, _ in COLUMNS], style="bold")
        if self._console.is_terminal:
            self._bar = _bar(self._console)
            total = trainer.batches * trainer.epochs
            self._task = self._bar.add_task("", total=total, completed=trainer.planned, figures="")
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
            f"loss {trainer.train_loss:.4f}",
            f"accuracy {trainer.train_accuracy:.2%}",
            f"{speed:,.0f} images/s",
        )
        self._bar.update(self._task, completed=trainer.planned, figures=figures)

    def on_epoch(self, trainer: Trainer) -> None:
        row = trainer.history.rows[-1]
        cells = (
            f"{row['epoch']}/{trainer.epochs}",
            f"{row['loss']:.4f}",
            f"{row['accuracy']:.2%}",
            "" if row["validation_loss"] is None else f"{row['validation_loss']:.4f}",
            "" if row["validation_accuracy"] is None else f"{row['validation_accuracy']:.2%}",
            f"{row['images_per_second'] or 0:,.0f}",
            f"{row['seconds']:.1f}",
        )
        self._line(trainer, cells)

    def on_finish(self, trainer: Trainer) -> None:
        if self._bar is not None:
            self._bar.stop()  # gives the cursor back
            self._bar = None

    on_error = on_finish

    def _fitting(self, *figures: str) -> str:
        """As many of the figures as there is room for beside the bar, each of them whole."""
        room = self._console.width - (BESIDE if self._console.width >= 80 else BESIDE - BAR)
        while len(figures) > 1 and len("  ".join(figures)) > room:
            figures = figures[:-1]
        return "  ".join(figures)

    def _line(self, trainer: Trainer, cells: Sequence[str], style: str | None = None) -> None:
        room = self._console.width if self._console.is_terminal else math.inf
        line, ends = "", 0
        for cell, (_, width) in zip(cells, COLUMNS, strict=True):
            ends += width
            if ends <= max(room, MIN_WIDTH):
                line += f"{cell:>{width}}"
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


def _bar(console: Any) -> Any:
    from rich import progress

    wide = [progress.BarColumn(bar_width=BAR)] if console.width >= 80 else []
    return progress.Progress(
        *wide,
        progress.TaskProgressColumn(),
        progress.TextColumn("{task.fields[figures]}"),
        progress.TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
    )
