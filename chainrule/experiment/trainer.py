"""The trainer of an experiment, with all that hangs in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ..config import Config, seconds
from ..training import (
    BestModel,
    Callback,
    Checkpoint,
    EarlyStopping,
    History,
    MaxNorm,
    ReduceOnPlateau,
    Run,
    Snapshots,
    StopOnNonFinite,
    TimeBudget,
    Trainer,
)
from ..training.averaging import Average
from ..training.clipping import CLIPS
from . import parts
from .averaging import AveragingTrainer, BestAverage
from .identity import identity
from .logs import logs
from .schedules import snapshot_ends

if TYPE_CHECKING:
    from .preparation import Experiment


def build_trainer(experiment: Experiment, run: Run, watch: Sequence[Callback] = ()) -> Trainer:
    """The trainer that writes into the folder of ``run``; ``watch`` are more callbacks."""
    config, average = experiment.config, experiment.average
    kind = AveragingTrainer if average else Trainer
    return kind(
        experiment.model,
        experiment.optimizer,
        loss=experiment.loss,
        penalty=parts.penalty(config),
        seed=config.seed,
        accumulate=config.accumulate,
        callbacks=[
            History(run.history),
            *_hurrying(experiment),
            *_changing(config, average),
            *_snapshots(experiment, run),
            *_judging(config, average, run),
            StopOnNonFinite(),
            *logs(config, run),
            *watch,
            _checkpoint(experiment, run),
        ],
    )


def _hurrying(experiment: Experiment) -> list[Callback]:
    """What ends the training in time, counted from its start: data are loaded before."""
    budget = seconds(experiment.config.time_budget)
    if not budget:
        return []
    tests = 1 + experiment.config.snapshots.cycles  # of the best model, and of the ensemble
    count = tests * len(experiment.test)
    return [TimeBudget(budget, closing_pictures=count)]


def _snapshots(experiment: Experiment, run: Run) -> list[Callback]:
    config = experiment.config
    if not config.snapshots.cycles:
        return []
    return [Snapshots(run.snapshots, snapshot_ends(config, experiment.batches))]


def _changing(config: Config, average: Average | None) -> list[Callback]:
    """What has a hand in gradients, weights and their average, in this order."""
    callbacks: list[Callback] = []
    kind, arguments = parts.named(config.clip)
    if kind in CLIPS:
        callbacks.append(CLIPS[kind](**arguments))
    if config.max_norm:
        callbacks.append(MaxNorm(config.max_norm))
    if average:
        callbacks.append(average)
    return callbacks


def _judging(config: Config, average: Average | None, run: Run) -> list[Callback]:
    """What acts on the results of an epoch."""
    callbacks: list[Callback] = [BestAverage(run.model) if average else BestModel(run.model)]
    if config.plateau.patience:
        callbacks.append(ReduceOnPlateau(**msgspec.structs.asdict(config.plateau)))
    if config.early_stopping.patience:
        callbacks.append(EarlyStopping(config.early_stopping.patience))
    return callbacks


def _checkpoint(experiment: Experiment, run: Run) -> Checkpoint:
    settings = msgspec.structs.asdict(experiment.config.checkpoint)
    return Checkpoint(run.checkpoints, **settings, identity=identity(experiment))
