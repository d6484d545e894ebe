"""[schedule]: the forms of the table, each feeding a class of ``chainrule.schedules``.

People think in epochs, so lengths are in epochs here; ``experiment.schedules`` turns them into
steps. The peak is the ``lr`` of the optimiser.
"""

from __future__ import annotations

from .kinds import Amount, Count, Fraction, Named, Rate


class ScheduleConfig(Named, kw_only=True, frozen=True):
    """The rate rises over the first ``warmup_epochs``, which may be a fraction, from the share
    ``warmup_start`` of where the schedule begins; the schedule has the epochs that are left."""

    warmup_epochs: Amount = 0.0
    warmup_start: Fraction = 0.01


class ConstantConfig(ScheduleConfig, tag="constant", frozen=True):
    """name = "constant": the learning rate of the optimiser throughout."""


class StepConfig(ScheduleConfig, tag="step", frozen=True):
    """name = "step": times ``factor`` after every ``every_epochs`` epochs since the warm-up."""

    every_epochs: Count = 2
    factor: Rate = 0.5


class MultiStepConfig(ScheduleConfig, tag="multi-step", frozen=True):
    """name = "multi-step": times ``factor`` at each of ``milestones``, in epochs of the training
    with its warm-up; without any, at a half and at three quarters of the epochs."""

    milestones: tuple[Rate, ...] = ()
    factor: Rate = 0.1


class ExponentialConfig(ScheduleConfig, tag="exponential", frozen=True):
    """name = "exponential": times ``factor`` over every ``every_epochs`` epochs, smoothly."""

    factor: Rate = 0.9
    every_epochs: Count = 1


class LinearConfig(ScheduleConfig, tag="linear", frozen=True):
    """name = "linear": a straight line from lr down to ``floor``."""

    floor: Amount = 0.0


class InverseSqrtConfig(ScheduleConfig, tag="inverse-sqrt", frozen=True):
    """name = "inverse-sqrt": lr / √(1 + epochs / ``timescale_epochs``)."""

    timescale_epochs: Rate = 1.0


class PolynomialConfig(ScheduleConfig, tag="polynomial", frozen=True):
    """name = "polynomial": down to ``floor`` as (1 - share of the training) to ``power``."""

    power: Rate = 2.0
    floor: Amount = 0.0


class CosineConfig(ScheduleConfig, tag="cosine", frozen=True):
    """name = "cosine": half a cosine from lr down to ``floor``."""

    floor: Amount = 0.0


class CosineRestartsConfig(ScheduleConfig, tag="cosine-restarts", frozen=True):
    """name = "cosine-restarts": a cosine over the first ``epochs`` epochs, then again from lr,
    each round ``growth`` times as long as the one before."""

    epochs: Count = 10
    growth: Count = 1
    floor: Amount = 0.0


class OneCycleConfig(ScheduleConfig, tag="one-cycle", frozen=True):
    """name = "one-cycle": up to lr over the share ``pct_start``, then far down."""

    pct_start: Fraction = 0.3
    div_factor: Rate = 25.0
    final_div_factor: Rate = 1e4


Schedule = (
    ConstantConfig
    | StepConfig
    | MultiStepConfig
    | ExponentialConfig
    | LinearConfig
    | InverseSqrtConfig
    | PolynomialConfig
    | CosineConfig
    | CosineRestartsConfig
    | OneCycleConfig
)
