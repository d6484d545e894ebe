"""A run is a folder, in which one process works at a time, until it is asked to end."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..declared import Checked, checked
from ..errors import InputError
from ..files import WriteFailed, append, atomic_write, warn
from ..locks import Taken, locked
from ..printable import command
from .recorder import RECORD
from .retention import checkpoints

if TYPE_CHECKING:
    from .trainer import Trainer

PATIENCE = 0.5  # seconds in which another process may leave a run: it may just be asking


class Run(Checked):
    """The files of one training.

    config.toml            every value, resolved
    split.json             which images were kept for validation
    skipped.csv            the images that could not be read, if there were any
    pretrained.safetensors the model as it was before, if the training began with a trained one
    history.csv            one row an epoch
    log.jsonl              what happened when
    checkpoint/            all that a bit-exact resume needs: a file for each step that is kept
    model.safetensors      the best model so far
    snapshots/             the models of a snapshot ensemble
    logs/                  rows of steps, gradients and activations
    last-steps.bin         the last steps, for `chainrule.replay`
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
        self.pretrained = self.folder / "pretrained.safetensors"
        self.history = self.folder / "history.csv"
        self.log = self.folder / "log.jsonl"
        self.checkpoints = self.folder / "checkpoint"
        self.snapshots = self.folder / "snapshots"
        self.logs = self.folder / "logs"
        self.last_steps = self.folder / RECORD
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

    @classmethod
    def numbered(cls, runs: str | os.PathLike[str], stem: str) -> Run:
        """`create` the folder in ``runs`` that is called ``stem`` with the next free number."""
        folder = Path(runs)
        taken = os.listdir(folder) if folder.is_dir() else []
        pattern = re.compile(rf"{re.escape(stem)}-(\d{{1,9}})", re.ASCII)
        numbers = [int(found[1]) for name in taken if (found := pattern.fullmatch(name))]
        number = max(numbers, default=0) + 1
        while (chosen := folder / f"{stem}-{number:03}").exists():
            number += 1
        return cls.create(chosen)

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
        early = {
            self.checkpoints.name, self.split.name, self.pretrained.name, self.log.name, ".lock",
            ".holder.json",
        }  # fmt: skip
        with contextlib.suppress(OSError):
            left = [path for path in self.folder.rglob("*") if path.suffix != ".tmp"]
            return self.folder.is_dir() and all(
                str(p.relative_to(self.folder)) in early for p in left
            )
        return False

    @checked
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


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Inside, no other process is in an ``exclusive`` for the same folder. InputError if one is.

    The system holds the lock and gives it back when a process ends, however it ends: a file that
    lies there from before locks nobody out. It also holds between hosts where their shared file
    system has locks; where it has none at all nobody is kept out, which is warned of.
    """
    holder = folder / ".holder.json"
    with contextlib.ExitStack() as stack:
        try:
            held = stack.enter_context(locked(folder / ".lock", timeout=PATIENCE))
        except Taken:
            raise InputError(
                f"{folder} is in use by another process{_named(holder)}: wait until it has ended, "
                "or stop it, and then go on"
            ) from None
        except OSError as error:
            reason = error.strerror or error
            raise InputError(f"cannot write {folder / '.lock'}: {reason}") from None
        try:
            if held:
                with contextlib.suppress(InputError):  # it only gives the process a name
                    atomic_write(holder, json.dumps({"pid": os.getpid()}))
            yield
        finally:
            if held:
                with contextlib.suppress(OSError):
                    holder.unlink(missing_ok=True)


def _named(holder: Path) -> str:
    try:
        return f", {int(json.loads(holder.read_bytes())['pid'])}"
    except (OSError, ValueError, TypeError, KeyError):
        return ""


@dataclass
class Interruption:
    """Whether a signal has asked the training to end."""

    happened: bool = False
    trained: bool = False

    def training_is_over(self) -> None:
        """From now on there is nothing left to save: a signal, also one that has come already,
        raises KeyboardInterrupt at once."""
        self.trained = True
        if self.happened:
            raise KeyboardInterrupt


@contextmanager
def graceful_stop(trainer: Trainer) -> Iterator[Interruption]:
    """Inside, the first SIGINT or SIGTERM sets ``trainer.stop``: the step is finished and the
    callbacks save. A second one raises KeyboardInterrupt at once, and so does the first one after
    ``training_is_over()``. The old handlers come back afterwards. Outside the main thread, where
    Python takes no signals, nothing changes.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10))
    >>> with graceful_stop(trainer) as interruption:
    ...     history = trainer.fit(train, epochs=1)
    >>> interruption.happened
    False
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        if interruption.happened or interruption.trained:
            raise KeyboardInterrupt
        interruption.happened = trainer.stop = True

    signals = (signal.SIGINT, signal.SIGTERM)
    previous = [signal.signal(number, ask_to_stop) for number in signals]
    try:
        yield interruption
    finally:
        for number, handler in zip(signals, previous, strict=True):
            signal.signal(number, handler)
