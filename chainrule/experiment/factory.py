"""The model, the optimizer and the loss that a configuration names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np

from .. import kernels, losses, models, optim
from ..config import Config
from ..data.augment import OPERATIONS, Augment
from ..data.dataset import Dataset
from ..errors import InputError
from ..layers import Layer, Signature
from ..penalties import L1, L2, Penalty, Sum
from ..training.averaging import AVERAGES, Average
from .schedules import schedule


def model(config: Config, dataset: Dataset) -> Layer:
    """The model for images and classes such as those of ``dataset``, not yet initialized."""
    name, arguments = named(config.model)
    if arguments.get("norm") == "none":  # TOML has no word for None
        arguments["norm"] = None
    resize = config.images.resize
    signature = Signature(dataset.images.shape[1:], dataset.classes, resize)
    shape, classes = signature.image_shape, len(signature.classes)
    with in_table("model"):
        built = models.build(name, inputs=shape, classes=classes, **arguments)
    built.signature = signature
    return built


def optimizer(config: Config, batches: int) -> optim.Optimizer:
    """The optimizer with its schedule, for epochs of so many batches."""
    name, arguments = named(config.optimizer)
    with in_table("schedule"):
        rate = schedule(config, arguments.pop("lr"), batches)
    with in_table("optimizer"):
        return optim.OPTIMIZERS[name](rate, **arguments)


def loss(config: Config, classes: int) -> losses.Loss:
    """The loss, without its penalty. InputError unless it is one for so many classes."""
    name, arguments = named(config.loss)
    del arguments["reg"], arguments["l1"]
    # by the reference: compiled kernels might find fault with the environment, not with the table
    with in_table("loss"), kernels.use("reference"):
        built = losses.LOSSES[name](**arguments)
        built(np.zeros((1, classes), np.float32), np.zeros(1, np.int64))  # counts class weights
    return built


def average(config: Config) -> Average | None:
    """The average that is judged in place of the weights. InputError if it never begins."""
    kind, arguments = named(config.average)
    if kind == "swa":
        start = arguments["start_epoch"] or config.epochs * 3 // 4 + 1
        if start > config.epochs:
            raise InputError(
                "average: start_epoch: expected at most the number of epochs, "
                f"{config.epochs}, received {start}"
            )
        arguments["start_epoch"] = start
    return AVERAGES[kind](**arguments) if kind in AVERAGES else None


def augment(config: Config) -> Augment | None:
    """What is done to the training images; None if nothing."""
    operations = []
    for key, kind in OPERATIONS.items():
        table = getattr(config.augment, key)
        if table is not None and table.p > 0:
            with in_table(f"augment.{key}"):
                operations.append(kind(**msgspec.structs.asdict(table)))
    return Augment(*operations) if operations else None


def penalty(config: Config) -> Penalty | None:
    """What the loss has added for the size of the weights."""
    every: list[Penalty] = [L2(config.loss.reg)] if config.loss.reg else []
    every += [L1(config.loss.l1)] if config.loss.l1 else []
    return Sum(tuple(every)) if len(every) > 1 else next(iter(every), None)


def named(table: Any) -> tuple[str, dict[str, Any]]:
    """(name or kind, arguments) of a table that names a part."""
    arguments = msgspec.to_builtins(table)
    return arguments.pop(table.__struct_config__.tag_field), arguments


@contextmanager
def in_table(name: str) -> Iterator[None]:
    """An InputError inside says in which table the mistake is."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
