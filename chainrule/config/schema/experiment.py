"""The whole file, and its tables of one form."""

from __future__ import annotations

from typing import Literal

from .average import Average, NoAverageConfig
from .clip import Clip, NoClipConfig
from .kinds import Amount, Count, Fraction, Rate, Share, Table, Whole
from .losses import CrossEntropyConfig, Loss
from .models import MLPConfig, Model
from .optimizers import AdamConfig, Optimizer
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
    """[checkpoint] so often, in seconds or in steps (0: not by steps), and at the end."""

    every_seconds: Rate = 30.0
    every_steps: Whole = 0


class Config(Table, frozen=True):
    """An experiment.

    data_dir    where the data lie; without it the usual places are searched
    validation  a number of training pictures, or a share of them
    accumulate  in so many parts is each batch taken, for those that do not fit the memory
    max_norm    the incoming weights of a unit are at most so long; 0: as long as they get
    """

    data: str = "digits"
    data_dir: str | None = None
    seed: Whole = 0
    epochs: Count = 10
    batch_size: Count = 128
    accumulate: Count = 1
    validation: Count | Share = 0.1
    max_norm: Amount = 0.0
    model: Model = MLPConfig()
    optimizer: Optimizer = AdamConfig()
    schedule: Schedule = ConstantConfig()
    loss: Loss = CrossEntropyConfig()
    clip: Clip = NoClipConfig()
    average: Average = NoAverageConfig()
    plateau: PlateauConfig = PlateauConfig()
    early_stopping: EarlyStoppingConfig = EarlyStoppingConfig()
    checkpoint: CheckpointConfig = CheckpointConfig()
