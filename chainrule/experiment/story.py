"""The story of a run: train, measure the best model on the test pictures, report."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import machine
from ..config import Config, to_toml
from ..errors import CheckFailed, InputError
from ..files import atomic_write
from ..metrics import Evaluation, evaluate
from ..saving import load
from ..training import Callback, Run, Trainer, finishing
from ..training.checkpoint import restore
from .preparation import Experiment, prepare
from .reporting import report_on
from .results import clipping, figures
from .trainer import build_trainer


class Interrupted(KeyboardInterrupt):
    """The training was asked to end before its time. What was done is saved."""


@dataclass(frozen=True)
class Outcome:
    """What the best model of a run did on the test pictures; ``metrics`` is metrics.json."""

    run: Run
    evaluation: Evaluation
    metrics: dict[str, Any]


def start(
    config: Config, folder: str | os.PathLike[str], watch: Sequence[Callback] = ()
) -> Outcome:
    """Train what ``config`` says in a new run folder. See `begin` for the rest."""
    experiment = prepare(config)
    return begin(experiment, Run.create(folder), watch)


def begin(experiment: Experiment, run: Run, watch: Sequence[Callback] = ()) -> Outcome:
    """Train in a run folder that ``Run.create`` has just made.

    ``watch`` are more callbacks, such as ``Progress()``. Raises Interrupted when asked to end,
    CheckFailed when the loss is no number, InputError when a file cannot be written. What was
    done is saved, and `resume` goes on; a folder in which nothing was done is removed.
    """
    try:
        experiment.split.save(run.split)
        run.note("started", commit=machine.commit())
        atomic_write(run.config, to_toml(experiment.config))  # last: it makes the folder a run
    except (InputError, OSError):
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return _train(experiment, run, watch)


def resume(experiment: Experiment, run: Run, watch: Sequence[Callback] = ()) -> Outcome:
    """Go on where the run was left, bit for bit: from its checkpoint, or from the start if it
    had none yet. Raises what `begin` raises."""
    for unfinished in run.folder.rglob(".*.tmp"):  # what a kill in the middle of a write leaves
        unfinished.unlink(missing_ok=True)
    run.note("resumed", commit=machine.commit())
    return _train(experiment, run, watch)


def _train(experiment: Experiment, run: Run, watch: Sequence[Callback]) -> Outcome:
    config = experiment.config
    trainer = build_trainer(experiment, run, watch)
    if run.checkpoint.exists():
        restore(trainer, run.checkpoint)
    try:
        # A loss that runs away overflows first: StopOnNonFinite says it better than NumPy.
        with finishing(trainer) as interruption, np.errstate(over="ignore", invalid="ignore"):
            trainer.fit(
                experiment.train,
                experiment.validation,
                epochs=config.epochs,
                batch_size=config.batch_size,
            )
        if interruption.happened:
            raise KeyboardInterrupt
        return _conclude(experiment, run, trainer)
    except KeyboardInterrupt:
        run.note("interrupted", epoch=trainer.epoch, step=trainer.step)
        raise Interrupted(
            f"interrupted after {trainer.step:,} steps, {trainer.epoch} of {config.epochs} epochs "
            f"done; go on with 'chainrule resume {run.folder}'"
        ) from None
    except CheckFailed as error:
        run.note("failed", step=trainer.step, reason=str(error))
        raise


def _conclude(experiment: Experiment, run: Run, trainer: Trainer) -> Outcome:
    evaluation = evaluate(load(run.model), experiment.test)
    metrics = figures(experiment, trainer, evaluation)
    atomic_write(run.metrics, json.dumps(metrics, indent=2) + "\n")
    if clip := clipping(trainer):
        run.note("clipped", steps=clip.clipped, of=clip.seen)
    run.note("finished", test_accuracy=evaluation.accuracy)
    report_on(run, evaluation, experiment.test)
    return Outcome(run, evaluation, metrics)
