"""A run is a folder; this page is its map."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import InputError


class Run:
    """The files of one training.

    config.toml            every value, resolved
    split.json             which pictures were kept for validation
    history.csv            one row an epoch
    log.jsonl              what happened when
    checkpoint/            all that a bit-exact resume needs
    model.safetensors      the best model so far
    metrics.json           the figures, written when the training is done
    report.html            one file to look at
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.config = self.folder / "config.toml"
        self.split = self.folder / "split.json"
        self.history = self.folder / "history.csv"
        self.log = self.folder / "log.jsonl"
        self.checkpoint = self.folder / "checkpoint" / "state.safetensors"
        self.model = self.folder / "model.safetensors"
        self.metrics = self.folder / "metrics.json"
        self.report = self.folder / "report.html"

    @classmethod
    def create(cls, folder: str | os.PathLike[str]) -> Run:
        """Make the folder. InputError if it exists already: no run overwrites another."""
        run = cls(folder)
        try:
            run.folder.mkdir(parents=True)
            run.checkpoint.parent.mkdir()
        except FileExistsError:
            raise InputError(
                f"{run.folder} exists already: choose another --name, or go on with "
                f"'chainrule resume {run.folder}'"
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
    def finished(self) -> bool:
        return self.metrics.is_file()

    def note(self, event: str, **details: Any) -> None:
        """Append one line to the log: the time in UTC, what happened, and its details."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "event": event,
            **details,
        }
        with self.log.open("a") as log:
            log.write(json.dumps(line) + "\n")
