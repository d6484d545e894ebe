"""Epochs, in which people think, become steps, in which schedules count."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec

from .. import schedules
from ..config import Config
from ..config.schema import ScheduleConfig
from ..declared import argument_types
from ..errors import InputError
from ..ranges import InEpochs, setting_of

FALLING = {schedules.Linear, schedules.Polynomial, schedules.Cosine, schedules.OneCycle}

OF_ALL = ScheduleConfig.__struct_fields__


def schedule(config: Config, lr: float, batches: int) -> schedules.Schedule:
    """The rate of each step, for epochs of so many batches, with ``lr`` at its peak.

    After a warm-up the schedule has the steps that are left. Raises InputError if none are.
    """
    table = config.schedule
    warmup = steps(table.warmup_epochs, batches) if table.warmup_epochs else 0
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
        arguments[argument] = steps(arguments.pop(name), batches)
    if cycles := config.snapshots.cycles:
        inner = _cycle(kind, lr, left, cycles, arguments)
    else:
        inner = _build(kind, lr, left, arguments)
    return schedules.Warmup(inner, warmup, table.warmup_start) if warmup else inner


def snapshot_ends(config: Config, batches: int) -> list[int]:
    """The steps after which the cycles of a snapshot ensemble are over."""
    every = config.epochs * batches
    warmup = steps(config.schedule.warmup_epochs, batches) if config.schedule.warmup_epochs else 0
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


def steps(epochs: float, batches: int) -> int:
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
    since = tuple(steps(milestone, batches) - warmup for milestone in milestones)
    if since[0] < 1 or any(b <= a for a, b in pairwise(since)):
        after = f" after a warm-up of {warmup / batches:g}" if warmup else ""
        shown = ", ".join(f"{milestone:g}" for milestone in milestones)
        raise InputError(f"milestones: expected growing numbers of epochs{after}, received {shown}")
    return since
