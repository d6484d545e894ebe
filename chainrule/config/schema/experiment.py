"""The whole file, and its tables of one form."""

from __future__ import annotations

from typing import Literal

from .augment import AugmentConfig
from .average import Average, NoAverageConfig
from .clip import Clip, NoClipConfig
from .kinds import Amount, Count, Duration, Fraction, Rate, Share, Table, Whole
from .logs import LogConfig
from .losses import CrossEntropyConfig, Loss
from .models import MLPConfig, Model
from .optimizers import AdamConfig, Optimizer
from .pictures import PicturesConfig
from .schedules import ConstantConfig, Schedule


class PlateauConfig(Table, frozen=True):
    """[plateau] the rate times ``factor`` after more than ``patience`` epochs without gain; 0:
    never. See ``chainrule.training.ReduceOnPlateau``."""

    patience: Whole = 0
    factor: Share = 0.1
    monitor: Literal["loss", "accuracy"] = "loss"
    threshold: Fraction = 1e-4
    cooldown: Whole = 0
    min_scale: Fraction = 0.0


class EarlyStoppingConfig(Table, frozen=True):
    """[early_stopping] after ``patience`` epochs without a better validation; 0: never."""

    patience: Whole = 0


class CheckpointConfig(Table, frozen=True):
    """[checkpoint] so often, in seconds or in steps (0: not by steps), and at the end. The
    ``keep`` newest stay, the one of the best epoch, and the first one at or after each multiple
    of ``keep_every_steps`` (0: none for that)."""

    every_seconds: Rate = 30.0
    every_steps: Whole = 0
    keep: Count = 2
    keep_every_steps: Whole = 0


class SnapshotsConfig(Table, frozen=True):
    """[snapshots] the schedule is run through in so many ``cycles``, each of which leaves a model
    for an ensemble; 0: once, and it leaves none. See ``chainrule.training.Snapshots``."""

    cycles: Whole = 0


class Config(Table, frozen=True):
    """An experiment.

    data_dir    where the data lie; without it the usual places are searched
    validation  a number of training pictures, or a share of them
    accumulate  in so many parts is each batch taken, for those that do not fit the memory
    max_norm    the incoming weights of a unit are at most so long; 0: as long as they get
    time_budget seconds from the start of the training, after the data are loaded, by which it and
                its test end, the schedule run to its end: 600, or "10m"; 0: it takes the time that
                ``epochs`` take. See ``chainrule.training.TimeBudget``
    """

    data: str = "digits"
    data_dir: str | None = None
    seed: Whole = 0
    epochs: Count = 10
    batch_size: Count = 128
    accumulate: Count = 1
    validation: Count | Share = 0.1
    max_norm: Amount = 0.0
    time_budget: Duration = 0.0
    pictures: PicturesConfig = PicturesConfig()
    augment: AugmentConfig = AugmentConfig("none")
    model: Model = MLPConfig()
    optimizer: Optimizer = AdamConfig()
    schedule: Schedule = ConstantConfig()
    loss: Loss = CrossEntropyConfig()
    clip: Clip = NoClipConfig()
    average: Average = NoAverageConfig()
    plateau: PlateauConfig = PlateauConfig()
    early_stopping: EarlyStoppingConfig = EarlyStoppingConfig()
    snapshots: SnapshotsConfig = SnapshotsConfig()
    checkpoint: CheckpointConfig = CheckpointConfig()
    log: LogConfig = LogConfig()
