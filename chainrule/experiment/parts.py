"""The objects that a configuration names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from .. import models, optim, schedules
from ..config import Config
from ..config.schema import CosineConfig, StepConfig
from ..data.dataset import Dataset
from ..layers import Layer, Signature
from ..losses import SoftmaxCrossEntropy
from ..penalties import L2
from ..training import (
    BestModel,
    Callback,
    Checkpoint,
    EarlyStopping,
    History,
    Run,
    StopOnNonFinite,
    Trainer,
)

OPTIMIZERS: dict[str, type[optim.Optimizer]] = {"adam": optim.Adam, "sgd": optim.SGD}


def model(config: Config, dataset: Dataset) -> Layer:
    """The model for pictures and classes such as those of ``dataset``, not yet initialised."""
    name, arguments = _named(config.model)
    if arguments.get("norm") == "none":  # TOML has no word for None
        arguments["norm"] = None
    signature = Signature(dataset.images.shape[1:], dataset.classes)
    shape, classes = signature.image_shape, len(signature.classes)
    built = models.build(name, inputs=shape, classes=classes, **arguments)
    built.signature = signature
    return built


def optimizer(config: Config, batches: int) -> optim.Optimizer:
    """The optimiser with its schedule, for epochs of so many batches."""
    name, arguments = _named(config.optimizer)
    rate = schedule(config, arguments.pop("lr"), batches)
    return OPTIMIZERS[name](rate, **arguments)


def schedule(config: Config, lr: float, batches: int) -> schedules.Schedule:
    """Epochs, in which people think, become steps, in which schedules count."""
    match config.schedule:
        case StepConfig(every_epochs=every, factor=factor):
            return schedules.Step(lr, every * batches, factor)
        case CosineConfig(floor=floor):
            return schedules.Cosine(lr, config.epochs * batches, floor)
    return schedules.Constant(lr)


def trainer(
    config: Config,
    model: Layer,
    optimizer: optim.Optimizer,
    run: Run,
    watch: Sequence[Callback] = (),
) -> Trainer:
    """The trainer that writes into the folder of ``run``; ``watch`` are more callbacks."""
    callbacks: list[Callback] = [History(run.history), BestModel(run.model)]
    if config.early_stopping.patience:
        callbacks.append(EarlyStopping(config.early_stopping.patience))
    checkpoint = Checkpoint(
        run.checkpoint,
        every_seconds=config.checkpoint.every_seconds,
        every_steps=config.checkpoint.every_steps or None,
    )
    return Trainer(
        model,
        optimizer,
        loss=SoftmaxCrossEntropy(config.loss.smoothing),
        penalty=L2(config.loss.reg) if config.loss.reg else None,
        seed=config.seed,
        callbacks=[*callbacks, StopOnNonFinite(), *watch, checkpoint],
    )


def _named(table: Any) -> tuple[str, dict[str, Any]]:
    """(name, arguments) of a table that names a part."""
    arguments = msgspec.to_builtins(table)
    return arguments.pop("name"), arguments
