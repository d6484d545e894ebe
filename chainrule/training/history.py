"""The record of a training: one row an epoch."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from numbers import Real
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar

from .. import notebook
from ..errors import InputError
from ..files import WriteFailed, warn
from ..notation import Lines
from ..text import plural
from .callbacks import Callback
from .pending import Pending

if TYPE_CHECKING:
    from .trainer import Trainer

Row = dict[str, Any]

COLUMNS = (
    "epoch", "step", "loss", "accuracy", "validation_loss", "validation_accuracy", "lr",
    "seconds", "images_per_second",
)  # fmt: skip


class History(Callback):
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

    def on_finish(self, trainer: Trainer) -> None:
        self._elapsed()
        try:
            self._file.finish()
        except WriteFailed as error:  # the rows are in the checkpoint too
            warn(f"{error}; it lacks the last epochs")

    def on_error(self, trainer: Trainer) -> None:
        self._file.retry(now=True)

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
