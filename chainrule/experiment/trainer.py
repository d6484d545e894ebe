"""The trainer of an experiment, with all that hangs in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ..config import Config
from ..training import (
    BestModel,
    Callback,
    Checkpoint,
    ClipGlobalNorm,
    ClipNorm,
    ClipValue,
    EarlyStopping,
    History,
    MaxNorm,
    ReduceOnPlateau,
    Run,
    StopOnNonFinite,
    Trainer,
)
from ..training.averaging import Average
from ..training.clipping import Clip
from . import parts
from .averaging import AveragingTrainer, BestAverage

if TYPE_CHECKING:
    from .preparation import Experiment

CLIPS: dict[str, type[Clip]] = {
    "value": ClipValue,
    "norm": ClipNorm,
    "global-norm": ClipGlobalNorm,
}


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
            *_changing(config, average),
            *_judging(config, average, run),
            StopOnNonFinite(),
            *watch,
            _checkpoint(config, run),
        ],
    )


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


def _checkpoint(config: Config, run: Run) -> Checkpoint:
    settings = config.checkpoint
    return Checkpoint(
        run.checkpoint,
        every_seconds=settings.every_seconds,
        every_steps=settings.every_steps or None,
    )
