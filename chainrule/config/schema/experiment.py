"""The whole file, and its tables of one form."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ...declared import checked
from ...errors import InputError
from ...ranges import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, Share
from .derive import Table
from .images import ImagesConfig
from .tables import (
    LOSSES,
    MODELS,
    OPTIMIZERS,
    SCHEDULES,
    AugmentConfig,
    Average,
    Clip,
    Loss,
    Model,
    NoAverageConfig,
    NoClipConfig,
    Optimizer,
    PlateauConfig,
    Schedule,
)

Duration = (
    Annotated[float, Meta(ge=0)]
    | Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{1,9}(\.[0-9]{1,9})?[smh]?$",
            description="a time as in 90s, 10m or 1.5h",
        ),
    ]
)
"""Seconds, or a text that `seconds` turns into seconds."""

UNITS = {"s": 1, "m": 60, "h": 3600}


@checked
def seconds(time: float | str) -> float:
    """The seconds of a time that is a number of them, or a text with a unit.

    >>> seconds(90), seconds("90"), seconds("90s"), seconds("10m"), seconds("1.5h")
    (90.0, 90.0, 90.0, 600.0, 5400.0)
    """
    number, unit = (time[:-1], time[-1]) if isinstance(time, str) and time else (time, "")
    try:
        return float(number) * UNITS[unit] if unit in UNITS else float(time)
    except ValueError:
        raise InputError(
            f"time: expected a number of seconds, or one with s, m or h, received {time!r}"
        ) from None


class EarlyStoppingConfig(Table, frozen=True):
    """[early_stopping] after ``patience`` epochs without a better validation; 0: never."""

    patience: NonNegativeInt = 0


class CheckpointConfig(Table, frozen=True):
    """[checkpoint] so often, in seconds or in steps (0: not by steps), and at the end. The
    ``keep`` newest stay, the one of the best epoch, and the first one at or after each multiple
    of ``keep_every_steps`` (0: none for that)."""

    every_seconds: PositiveFloat = 30.0
    every_steps: NonNegativeInt = 0
    keep: PositiveInt = 2
    keep_every_steps: NonNegativeInt = 0


class SnapshotsConfig(Table, frozen=True):
    """[snapshots] the schedule is run through in so many ``cycles``, each of which leaves a model
    for an ensemble; 0: once, and it leaves none. See ``chainrule.training.Snapshots``."""

    cycles: NonNegativeInt = 0


class LogConfig(Table, frozen=True):
    """Rows after every ``every_steps`` steps, and after each epoch, in these forms:

    to           "csv" and "jsonl": files in ``logs/``; "tensorboard": event files there
    gradients    each parameter's gradient, and its update in proportion to it
    activations  each layer's outputs, its dead units and its saturated ones

    Without ``to`` there are rows only if one of the other two is on, as CSV.
    """

    to: tuple[Literal["csv", "jsonl", "tensorboard"], ...] = ()
    every_steps: PositiveInt = 50
    gradients: bool = False
    activations: bool = False


class Config(Table, frozen=True):
    """An experiment.

    data_dir    where the data lie; without it the usual places are searched
    validation  a number of training images, or a share of them
    accumulate  in so many parts is each batch taken, for those that do not fit the memory
    max_norm    the incoming weights of a unit are at most so long; 0: as long as they get
    time_budget seconds from the start of the training, after the data are loaded, by which it and
                its test end, the schedule run to its end: 600, or "10m"; 0: it takes the time that
                ``epochs`` take. See ``chainrule.training.TimeBudget``
    """

    data: str = "digits"
    data_dir: str | None = None
    seed: NonNegativeInt = 0
    epochs: PositiveInt = 10
    batch_size: PositiveInt = 128
    accumulate: PositiveInt = 1
    validation: PositiveInt | Share = 0.1
    max_norm: NonNegativeFloat = 0.0
    time_budget: Duration = 0.0
    images: ImagesConfig = ImagesConfig()
    augment: AugmentConfig = AugmentConfig("none")
    model: Model = MODELS["mlp"]()
    optimizer: Optimizer = OPTIMIZERS["adam"]()
    schedule: Schedule = SCHEDULES["constant"]()
    loss: Loss = LOSSES["cross-entropy"]()
    clip: Clip = NoClipConfig()
    average: Average = NoAverageConfig()
    plateau: PlateauConfig = PlateauConfig()
    early_stopping: EarlyStoppingConfig = EarlyStoppingConfig()
    snapshots: SnapshotsConfig = SnapshotsConfig()
    checkpoint: CheckpointConfig = CheckpointConfig()
    log: LogConfig = LogConfig()
