"""The process that trains, so that no page and no request can slow or end a training:

    python -m chainrule.play.worker

It reads its job from its standard input, a JSON object a line, then words for it (see
`chainrule.play.inbox`), and writes what happens to its standard output, [kind, data] a line.
It is a process rather than a thread because signals, by which a training is interrupted and
saved, only reach the main thread of one; because kernels of two threads would wait for one another;
and because a training that runs out of memory then takes no page with it.

    {"job": "train", "runs": FOLDER, "settings": {…}, "data_dir": FOLDER or null, "paused": false}
    {"job": "resume", "run": FOLDER, "data_dir": …}
    {"job": "examine", "settings": {…}, "data_dir": …}

Its input ending is a "stop": a training whose server was killed is saved and ends.
"""

from __future__ import annotations

import math
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock, Thread
from typing import IO, TYPE_CHECKING, Any

import msgspec
import numpy as np

from .. import experiment
from ..config import Config, Settings
from ..doctor import CHECKS, SLOW
from ..errors import CheckFailed, InputError
from ..experiment import Experiment, Interrupted, Outcome
from ..experiment.examining import examine
from ..files import parse_json
from ..printable import one_line
from ..training import Run
from ..training.logs import RowFiles
from .inbox import Inbox
from .recorder import Recorder, as_row
from .setup import setup
from .snapshots import chosen_images

if TYPE_CHECKING:
    from ..doctor import Check

KEPT, KEPT_BYTES = 30, 400e6
"""Checkpoints that a run keeps to be looked at again: at most so many, of so many bytes in all."""

Tell = Callable[[str, Any], None]


def main() -> int:
    """Do the job on the standard input; 0 unless it could not be done."""
    tell = teller(sys.stdout)
    sys.stdout = sys.stderr  # what anything prints is not a message
    warnings.showwarning = lambda message, *_, **__: tell("warning", one_line(message))
    inbox = Inbox()
    try:
        job = parse_json(sys.stdin.readline(), "the job")
        Thread(target=inbox.listen, args=(sys.stdin,), daemon=True).start()
        JOBS[job["job"]](job, tell, inbox)
    except Interrupted:
        tell("state", {"phase": "stopped"})
    except KeyboardInterrupt:
        tell("state", {"phase": "none"})
    except (InputError, CheckFailed, OSError, MemoryError) as error:
        tell("state", {"phase": "failed", "message": one_line(error) or type(error).__name__})
        return 1
    except Exception as error:
        traceback.print_exc()
        tell("state", {"phase": "failed", "message": f"{type(error).__name__}: {one_line(error)}"})
        return 1
    return 0


def teller(stream: IO[str]) -> Tell:
    """A function that writes [kind, data] as a line; nobody reading any more is no error here."""
    from .answers import dumps

    lock = Lock()

    def tell(kind: str, data: Any) -> None:
        line = dumps([kind, data]) + "\n"
        try:
            with lock:
                stream.write(line)
                stream.flush()
        except (BrokenPipeError, ValueError):
            pass

    return tell


def train(job: Mapping[str, Any], tell: Tell, inbox: Inbox) -> None:
    """Begin a run with the settings of the job."""
    tell("state", {"phase": "preparing"})
    prepared = experiment.prepare(configured(job))
    experiment.estimate(prepared, by_layer=False)  # which refuses what does not fit the memory
    prepared = keeping(prepared)
    tell("setup", setup(prepared))
    quick = [name for name in CHECKS if name not in SLOW]
    checked(prepared, tell, quick)
    run = Run.numbered(job["runs"], experiment.stem(prepared.config))
    tell("run", run.folder.name)
    if job.get("paused"):
        inbox.put("pause")
    if job.get("speed"):
        inbox.put("speed", job["speed"])
    recorder = recorder_of(prepared, run, tell, inbox)
    finished(experiment.begin(prepared, run, [recorder]), tell)


def resume(job: Mapping[str, Any], tell: Tell, inbox: Inbox) -> None:
    """Go on with a run."""
    tell("state", {"phase": "preparing"})
    run = Run.open(job["run"])
    if run.finished:
        raise InputError(f"{run.folder.name} is finished: there is nothing to resume")
    prepared = experiment.reopen(run, job.get("data_dir"))
    tell("setup", setup(prepared))
    tell("run", run.folder.name)
    if job.get("speed"):
        inbox.put("speed", job["speed"])
    recorder = recorder_of(prepared, run, tell, inbox)

    def say(text: str) -> None:
        tell("warning", text)

    finished(experiment.resume(prepared, run, [recorder], say), tell)


def examined(job: Mapping[str, Any], tell: Tell, inbox: Inbox) -> None:
    """Everything that the doctor has to say about a training with these settings."""
    tell("state", {"phase": "preparing"})
    prepared = experiment.prepare(configured(job))
    tell("state", {"phase": "examining"})
    checked(prepared, tell, list(CHECKS))
    tell("state", {"phase": "examined"})


JOBS: dict[str, Callable[[Mapping[str, Any], Tell, Inbox], None]] = {
    "train": train,
    "resume": resume,
    "examine": examined,
}


def configured(job: Mapping[str, Any]) -> Config:
    """The configuration that the settings of a job make on the defaults of their data."""
    folder = job.get("data_dir")
    given = Settings(job["settings"])
    return experiment.configure(given, Settings({}), [], Path(folder) if folder else None)


def keeping(prepared: Experiment) -> Experiment:
    """The experiment with checkpoints that stay, to go back to: at even distances, which are
    longer where writing them would take much of the time (see `Recorder`)."""
    steps = prepared.batches * prepared.config.epochs
    states = 3 * 4 * prepared.parameters  # of Adam, whose are among the largest
    kept = max(4, min(KEPT, int(KEPT_BYTES / max(1, states))))
    every = max(1, math.ceil(steps / kept))
    table = msgspec.structs.replace(prepared.config.checkpoint, keep_every_steps=every)
    return replace(prepared, config=msgspec.structs.replace(prepared.config, checkpoint=table))


def checked(prepared: Experiment, tell: Tell, names: list[str]) -> None:
    """Tell each check of the doctor as it is made."""

    def on_check(check: Check) -> None:
        tell("checks", [as_row(check)])

    examine(prepared, only=names, on_check=on_check)


def recorder_of(prepared: Experiment, run: Run, tell: Tell, inbox: Inbox) -> Recorder:
    indices = chosen_images(prepared.test)
    images = np.stack([np.asarray(prepared.test.images[int(i)]) for i in indices])
    return Recorder(tell, inbox, images, RowFiles(run.logs, "jsonl"))


def finished(outcome: Outcome, tell: Tell) -> None:
    """Tell how it ended."""
    evaluation = outcome.evaluation
    tell(
        "advice",
        [{"finding": each.finding, "todo": each.todo} for each in outcome.advice],
    )
    tell(
        "state",
        {
            "phase": "finished",
            "accuracy": evaluation.accuracy,
            "interval": list(evaluation.interval),
            "loss": evaluation.loss,
            "count": evaluation.count,
        },
    )


if __name__ == "__main__":
    sys.exit(main())
