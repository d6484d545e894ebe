"""The parts that a configuration names: model, optimizer with its schedule, loss, average, augment.

People think in epochs, and schedules count in steps: here the one becomes the other.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from .. import kernels, losses, models, optim, schedules
from ..config import Config, seconds
from ..config.schema import AUGMENTATIONS, AUTO, AugmentConfig, ScheduleConfig
from ..config.settings import toml_key
from ..cost import Timing
from ..data.augment import OPERATIONS, PRESETS, Augment
from ..data.augment.suggest import suggest
from ..data.dataset import Dataset
from ..declared import argument_types
from ..errors import InputError
from ..layers import Layer, Signature
from ..penalties import L1, L2, Penalty, Sum
from ..ranges import InEpochs, setting_of
from ..training.averaging import AVERAGES, Average

FALLING = {schedules.Linear, schedules.Polynomial, schedules.Cosine, schedules.OneCycle}

OF_ALL = ScheduleConfig.__struct_fields__

STEPS = 2000  # without a time budget, in 20 to 80 epochs
FEWEST, MOST = 20, 80
FEWEST_TUNED, MOST_TUNED = 5, 40  # where a trained body learns too: it is good already
SPARE = 1.5
"""A plan of more epochs than fit into a time budget is run through faster, so that the schedule
ends when the time does; one of too few would end before it."""


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


def model_for(config: Config, shape: tuple[int, ...], classes: int) -> Layer:
    """The model for images (H, W, C) of this shape, and for so many classes, not initialized."""
    none = np.zeros((0, *shape), np.uint8)
    names = tuple(map(str, range(classes)))
    return model(config, Dataset(none, np.zeros(0, np.int64), names))


def optimizer(
    config: Config, batches: int, groups: Mapping[str, Any] | None = None
) -> optim.Optimizer:
    """The optimizer with its schedule, for epochs of so many batches. ``groups`` come before
    those of the settings, which overrule them."""
    name, arguments = named(config.optimizer)
    peak, tables = arguments.pop("lr"), {**(groups or {}), **arguments.pop("groups")}
    with in_table("schedule"):
        rate = schedule(config, peak, batches)
    own = {
        pattern: _group(pattern, config, peak, batches, **given)
        for pattern, given in tables.items()
    }
    with in_table("optimizer"):
        return optim.OPTIMIZERS[name](rate, groups=own, **arguments)


def _group(pattern: str, config: Config, peak: float, batches: int, **given: Any) -> dict[str, Any]:
    """The options of a group: one with a rate or an end of its own has a schedule of its own."""
    epochs, lr = given.pop("epochs", None), given.pop("lr", peak)
    if epochs is None and lr == peak:
        return given
    shorter = msgspec.structs.replace(config, epochs=epochs or config.epochs)
    with in_table(f"optimizer.groups.{toml_key(pattern)}"):
        own = schedule(shorter, lr, batches)
    return given | {"lr": schedules.Until(own, epochs * batches) if epochs else own}


def schedule(config: Config, lr: float, batches: int) -> schedules.Schedule:
    """The rate of each step, for epochs of so many batches, with ``lr`` at its peak.

    After a warm-up the schedule has the steps that are left. Raises InputError if none are.
    """
    table = config.schedule
    warmup = _steps(table.warmup_epochs, batches) if table.warmup_epochs else 0
    left = config.epochs * batches - warmup
    if left < 1:
        raise InputError(
            f"warmup_epochs: expected fewer than the {config.epochs} epochs of the training, "
            f"received {table.warmup_epochs:g}"
        )
    arguments = {k: v for k, v in msgspec.structs.asdict(table).items() if k not in OF_ALL}
    if "milestones" in arguments:
        milestones = arguments["milestones"] or (config.epochs / 2, config.epochs * 3 / 4)
        arguments["milestones"] = _after(warmup, milestones, batches)
    kind = schedules.SCHEDULES[str(table.__struct_config__.tag)]
    for name, argument in lengths(kind).items():
        arguments[argument] = _steps(arguments.pop(name), batches)
    if cycles := config.snapshots.cycles:
        inner = _cycle(kind, lr, left, cycles, arguments)
    else:
        inner = _build(kind, lr, left, arguments)
    return schedules.Warmup(inner, warmup, table.warmup_start) if warmup else inner


def snapshot_ends(config: Config, batches: int) -> list[int]:
    """The steps after which the cycles of a snapshot ensemble are over."""
    every = config.epochs * batches
    warmup = _steps(config.schedule.warmup_epochs, batches) if config.schedule.warmup_epochs else 0
    cycles = config.snapshots.cycles
    length = -(-(every - warmup) // cycles)
    return [min(warmup + (i + 1) * length, every) for i in range(cycles)]


def lengths(kind: type[schedules.Schedule]) -> dict[str, str]:
    """The argument in steps that each setting in epochs becomes; milestones are several."""
    said = {argument: setting_of(hint) for argument, hint in argument_types(kind).items()}
    return {
        str(setting.name): argument
        for argument, setting in said.items()
        if isinstance(setting, InEpochs) and argument != "milestones"
    }


def _cycle(
    kind: Any, lr: float, left: int, cycles: int, arguments: dict[str, Any]
) -> schedules.Schedule:
    """A schedule that ends low, ``cycles`` times in what is left of the training."""
    if kind not in FALLING:
        names = " or ".join(
            name for name, falling in schedules.SCHEDULES.items() if falling in FALLING
        )
        raise InputError(f"snapshots.cycles needs a schedule that falls to its end: name = {names}")
    if not 2 * cycles <= left:
        raise InputError(
            f"snapshots.cycles: expected at most {left // 2:,}, which is half of the steps of the "
            f"training, received {cycles:,}"
        )
    length = -(-left // cycles)
    return schedules.Repeat(_build(kind, lr, length, arguments), length)


def _steps(epochs: float, batches: int) -> int:
    """The nearest number of steps, at least 1."""
    return max(1, round(epochs * batches))


def _build(kind: Any, lr: float, left: int, arguments: dict[str, Any]) -> schedules.Schedule:
    """One that has a length and was given none is as long as what is left of the training."""
    if "steps" in {field.name for field in dataclasses.fields(kind)}:
        arguments = {"steps": left} | arguments
    built: schedules.Schedule = kind(lr, **arguments)
    return built


def _after(warmup: int, milestones: Sequence[float], batches: int) -> tuple[int, ...]:
    """Milestones of the training in steps since its warm-up."""
    since = tuple(_steps(milestone, batches) - warmup for milestone in milestones)
    if since[0] < 1 or any(b <= a for a, b in pairwise(since)):
        after = f" after a warm-up of {warmup / batches:g}" if warmup else ""
        shown = ", ".join(f"{milestone:g}" for milestone in milestones)
        raise InputError(f"milestones: expected growing numbers of epochs{after}, received {shown}")
    return since


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


def suited_augmentation(config: Config, dataset: Dataset) -> tuple[Config, tuple[str, ...]]:
    """The configuration with a preset that suits the images, and a line that says so."""
    if config.augment.preset != AUTO:
        return config, ()
    name, kind = suggest(dataset)
    keys = {part: key for key, part in OPERATIONS.items()}
    tables = {
        (key := keys[type(each)]): AUGMENTATIONS[key](**asdict(each)) for each in PRESETS[name]
    }
    given = msgspec.structs.asdict(config.augment)
    tables |= {key: table for key, table in given.items() if key in OPERATIONS and table}
    chosen = AugmentConfig(name, **tables)
    said = f"taken for {kind}: " + (
        "not augmented; --set augment=crop-flip changes that"
        if name == "none"
        else f"augmented by {name}; --set augment=none turns that off"
    )
    return msgspec.structs.replace(config, augment=chosen), (said,)


def suited_epochs(config: Config, batches: int) -> Config:
    """The configuration with as many epochs of so many batches as suit the number of images."""
    if isinstance(config.epochs, int):
        return config
    table = config.pretrained
    tuned = table.source and (table.freeze == "none" or table.unfreeze == "gradual")
    fewest, most = (FEWEST_TUNED, MOST_TUNED) if tuned else (FEWEST, MOST)
    count = min(most, max(fewest, math.ceil(STEPS / batches)))
    return msgspec.structs.replace(config, epochs=count)


def epochs_within(config: Config, timing: Timing, tested: int) -> Config:
    """The configuration with as many epochs as its time budget has room for, and some more.

    ``tested`` images are evaluated at the end.
    """
    budget = seconds(config.time_budget)
    left = max(budget - timing.predict_seconds * tested, budget / 2)
    count = max(1, math.ceil(SPARE * left / timing.epoch_seconds))
    return msgspec.structs.replace(config, epochs=count)
