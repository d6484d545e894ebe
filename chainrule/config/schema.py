"""Every setting of an experiment: its name, its type, its range, and its value if nobody says.

A table with several forms (model, optimizer, schedule) is a union: the key ``name`` chooses.
Field names are those of the constructors that they feed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Whole = Annotated[int, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Units = Annotated[int, Meta(ge=1, le=1_000_000)]
Rate = Annotated[float, Meta(gt=0)]
Amount = Annotated[float, Meta(ge=0)]
Fraction = Annotated[float, Meta(ge=0, lt=1)]
Share = Annotated[float, Meta(gt=0, lt=1)]


class MLPConfig(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="mlp"):
    """[model] name = "mlp": see ``chainrule.models.mlp``."""

    hidden: tuple[Units, ...] = (256, 128, 64)
    norm: Literal["none", "batch"] = "batch"
    dropout: Fraction = 0.0


class SGDConfig(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="sgd"):
    """[optimizer] name = "sgd": see ``chainrule.optim.SGD``."""

    lr: Rate = 0.01
    momentum: Fraction = 0.9
    nesterov: bool = False
    weight_decay: Amount = 0.0


class AdamConfig(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="adam"):
    """[optimizer] name = "adam": see ``chainrule.optim.Adam``."""

    lr: Rate = 1e-3
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    eps: Rate = 1e-8
    weight_decay: Amount = 0.0


class ConstantConfig(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="constant"
):
    """[schedule] name = "constant": the learning rate of the optimiser throughout."""


class StepConfig(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="step"):
    """[schedule] name = "step": times ``factor`` after every ``every_epochs`` epochs."""

    every_epochs: Count = 2
    factor: Rate = 0.5


class CosineConfig(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="cosine"):
    """[schedule] name = "cosine": half a cosine from lr down to ``floor`` over all epochs."""

    floor: Amount = 0.0


class LossConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """[loss] cross-entropy with label ``smoothing``, plus ½ ``reg`` Σ W²."""

    smoothing: Fraction = 0.0
    reg: Amount = 0.0


class EarlyStoppingConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """[early_stopping] after ``patience`` epochs without a better validation; 0: never."""

    patience: Whole = 0


class CheckpointConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """[checkpoint] so often, in seconds or in steps (0: not by steps), and at the end."""

    every_seconds: Rate = 30.0
    every_steps: Whole = 0


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """An experiment. ``validation`` is a number of training pictures or a share of them;
    without ``data_dir`` the usual places are searched."""

    data: str = "digits"
    data_dir: str | None = None
    seed: Whole = 0
    epochs: Count = 10
    batch_size: Count = 128
    validation: Count | Share = 0.1
    model: MLPConfig = MLPConfig()
    optimizer: SGDConfig | AdamConfig = AdamConfig()
    schedule: ConstantConfig | StepConfig | CosineConfig = ConstantConfig()
    loss: LossConfig = LossConfig()
    early_stopping: EarlyStoppingConfig = EarlyStoppingConfig()
    checkpoint: CheckpointConfig = CheckpointConfig()
