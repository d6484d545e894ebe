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
from ..training.clipping import CLIPS
from ..training.logs import Activations, Gradients, Log, RowFiles, Steps, TensorBoard
from ..training.logs.log import Meter, Sink
from . import factory
from .advising import LOOK
from .identity import identity
from .schedules import snapshot_ends

if TYPE_CHECKING:
    from .preparation import Experiment


def build_trainer(experiment: Experiment, run: Run, watch: Sequence[Callback] = ()) -> Trainer:
    """The trainer that writes into the folder of ``run``; ``watch`` are more callbacks."""
    config = experiment.config
    return Trainer(
        experiment.model,
        experiment.optimizer,
        loss=experiment.loss,
        penalty=factory.penalty(config),
        seed=config.seed,
        accumulate=config.accumulate,
        average=experiment.average,
        callbacks=[
            History(run.history),
            *_time_budget(experiment),
            *_gradient_callbacks(config),
            *_snapshots(experiment, run),
            *_epoch_callbacks(config, run),
            StopOnNonFinite(),
            *_logs(config, run),
            *watch,
            _checkpoint(experiment, run),
        ],
    )


def _time_budget(experiment: Experiment) -> list[Callback]:
    """What ends the training in time, counted from its start: data are loaded before."""
    budget = seconds(experiment.config.time_budget)
    if not budget:
        return []
    tests = 1 + experiment.config.snapshots.cycles  # of the best model, and of the ensemble
    count = tests * len(experiment.test) + len(experiment.validation) + 2 * LOOK  # for advice
    return [TimeBudget(budget, closing_pictures=count)]


def _snapshots(experiment: Experiment, run: Run) -> list[Callback]:
    config = experiment.config
    if not config.snapshots.cycles:
        return []
    return [Snapshots(run.snapshots, snapshot_ends(config, experiment.batches))]


def _gradient_callbacks(config: Config) -> list[Callback]:
    """What has a hand in gradients and weights, in this order."""
    callbacks: list[Callback] = []
    kind, arguments = factory.named(config.clip)
    if kind in CLIPS:
        callbacks.append(CLIPS[kind](**arguments))
    if config.max_norm:
        callbacks.append(MaxNorm(config.max_norm))
    return callbacks


def _epoch_callbacks(config: Config, run: Run) -> list[Callback]:
    """What acts on the results of an epoch."""
    callbacks: list[Callback] = [BestModel(run.model)]
    if config.plateau.patience:
        callbacks.append(ReduceOnPlateau(**msgspec.structs.asdict(config.plateau)))
    if config.early_stopping.patience:
        callbacks.append(EarlyStopping(config.early_stopping.patience))
    return callbacks


def _logs(config: Config, run: Run) -> list[Callback]:
    """One `Log`, or none where nothing is to be logged."""
    settings = config.log
    meters: list[Meter] = [Steps()]
    meters += [Gradients()] if settings.gradients else []
    meters += [Activations()] if settings.activations else []
    forms = dict.fromkeys(settings.to or (("csv",) if len(meters) > 1 else ()))
    if not forms:
        return []
    return [Log([_sink(f, run) for f in forms], meters, every_steps=settings.every_steps)]


def _sink(form: str, run: Run) -> Sink:
    if form == "tensorboard":
        return TensorBoard(run.logs / "tensorboard")
    return RowFiles(run.logs, form)


def _checkpoint(experiment: Experiment, run: Run) -> Checkpoint:
    settings = msgspec.structs.asdict(experiment.config.checkpoint)
    return Checkpoint(run.checkpoints, **settings, identity=identity(experiment))
