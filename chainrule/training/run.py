"""A run is a folder; this page is its map."""

from __future__ import annotations

import contextlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import WriteFailed, append, warn
from ..printable import command
from .retention import checkpoints


class Run:
    """The files of one training.

    config.toml            every value, resolved
    split.json             which images were kept for validation
    skipped.csv            the images that could not be read, if there were any
    history.csv            one row an epoch
    log.jsonl              what happened when
    checkpoint/            all that a bit-exact resume needs: a file for each step that is kept
    model.safetensors      the best model so far
    snapshots/             the models of a snapshot ensemble
    logs/                  rows of steps, gradients and activations
    report.html            one file to look at
    predictions.csv        what the best model says of each test image
    metrics.json           the figures, written last: they say that the run is finished

    InputError for a folder that cannot be made, or is no run: see `create` and `open`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = Run.create(f"{folder}/first")
    ...     run.note("started", by="me")
    ...     run.finished, run.log.read_text("utf-8").count("started")
    (False, 1)
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.config = self.folder / "config.toml"
        self.split = self.folder / "split.json"
        self.skipped = self.folder / "skipped.csv"
        self.history = self.folder / "history.csv"
        self.log = self.folder / "log.jsonl"
        self.checkpoints = self.folder / "checkpoint"
        self.snapshots = self.folder / "snapshots"
        self.logs = self.folder / "logs"
        self.model = self.folder / "model.safetensors"
        self.predictions = self.folder / "predictions.csv"
        self.metrics = self.folder / "metrics.json"
        self.report = self.folder / "report.html"
        self._unwritten = ""  # lines of the log

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    @classmethod
    def create(cls, folder: str | os.PathLike[str]) -> Run:
        """Make the folder. InputError if there is one already: no run overwrites another. One that
        was ended before it had a configuration, and so is none yet, is made again.
        """
        run = cls(folder)
        try:
            run.folder.mkdir(parents=True, exist_ok=run._stillborn())
            run.checkpoints.mkdir(exist_ok=True)
        except FileExistsError:
            raise InputError(
                f"{run.folder} exists already: choose another --name, or go on with: "
                f"{command('chainrule', 'resume', run.folder)}"
            ) from None
        except OSError as error:
            raise InputError(f"cannot create {run.folder}: {error.strerror}") from None
        return run

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Run:
        """A run that exists. InputError if the folder is none."""
        run = cls(folder)
        if not run.folder.is_dir():
            raise InputError(f"no such run: {run.folder}")
        if not run.config.is_file():
            raise InputError(f"{run.folder} is not a run: it has no {run.config.name}")
        return run

    @property
    def checkpoint(self) -> Path | None:
        """The newest checkpoint, if there is one."""
        return next(reversed(checkpoints(self.checkpoints).values()), None)

    @property
    def finished(self) -> bool:
        """Whether the figures have been written, the last file of a run."""
        return self.metrics.is_file()

    def _stillborn(self) -> bool:
        """Whether the folder holds no more than a kill leaves before there is a configuration."""
        early = {self.checkpoints.name, self.split.name, self.log.name, ".lock", ".holder.json"}
        with contextlib.suppress(OSError):
            left = [path for path in self.folder.rglob("*") if path.suffix != ".tmp"]
            return self.folder.is_dir() and all(
                str(p.relative_to(self.folder)) in early for p in left
            )
        return False

    def note(self, event: str, **details: Any) -> None:
        """Append one line to the log: the time in UTC, what happened, and its details. A disk
        that is full does not stop a training here: the line goes before the next one.
        """
        line = {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "event": event,
            **details,
        }
        self._unwritten += json.dumps(line) + "\n"
        try:
            append(self.log, lambda size: self._unwritten)
            self._unwritten = ""
        except WriteFailed as error:
            warn(f"{error}; it is tried again with the next line")
