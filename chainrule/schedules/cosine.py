"""Rates that follow a cosine: slow at both ends, fast between."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from ..ranges import Fraction, InEpochs, NonNegativeFloat, PositiveFloat, PositiveInt
from .base import Schedule, check_floor


def anneal(first: float, last: float, progress: float) -> float:
    """From ``first`` to ``last`` by half a cosine, while ``progress`` goes from 0 to 1."""
    return float(last + (first - last) * (1 + math.cos(math.pi * progress)) / 2)


@dataclass(frozen=True)
class Cosine(Schedule):
    """lr(t) = floor + (lr - floor) · (1 + cos(π t / steps)) / 2, and floor ever after.

    InputError for an argument out of its range, and for a floor above lr.

    Source: Loshchilov and Hutter 2017, "SGDR", without restarts.

    >>> lr = Cosine(0.1, steps=100)
    >>> [round(lr(step), 4) for step in (0, 50, 100)]
    [0.1, 0.05, 0.0]
    """

    config_name = "cosine"

    lr: PositiveFloat
    steps: PositiveInt
    floor: NonNegativeFloat = 0.0

    def __post_init__(self) -> None:
        check_floor(self.lr, self.floor)

    def __call__(self, step: int) -> float:
        return anneal(self.lr, self.floor, min(1.0, step / self.steps))


@dataclass(frozen=True)
class CosineRestarts(Schedule):
    """A cosine from lr toward floor that starts again after ``steps`` steps, for ever.

    Each round is ``growth`` times as long as the one before it (a whole number).

    InputError for an argument out of its range, and for a floor above lr.

    Source: Loshchilov and Hutter 2017, "SGDR", T₀ = steps and T_mult = growth.

    >>> lr = CosineRestarts(0.1, steps=10, growth=2)
    >>> [round(lr(step), 4) for step in (0, 5, 10, 20, 30)]
    [0.1, 0.05, 0.1, 0.05, 0.1]
    """

    config_name = "cosine-restarts"

    lr: PositiveFloat
    steps: Annotated[PositiveInt, InEpochs("epochs", PositiveInt, 10)]
    growth: PositiveInt = 1
    floor: NonNegativeFloat = 0.0

    def __post_init__(self) -> None:
        check_floor(self.lr, self.floor)

    def __call__(self, step: int) -> float:
        length = self.steps
        if self.growth == 1:
            step %= length
        while step >= length:
            step -= length
            length *= self.growth
        return anneal(self.lr, self.floor, step / length)


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up from lr / div_factor to lr over the share ``pct_start`` of the steps, then down to
    lr / div_factor / final_div_factor, each way by half a cosine; and the last rate ever after.

    The peak is taken by step ``pct_start`` · steps, counted from 1, the last rate by the last
    step, as in PyTorch.

    InputError for an argument out of its range.

    Source: Smith and Topin 2018, "Super-convergence".

    >>> lr = OneCycle(0.1, steps=100)
    >>> [round(lr(step), 4) for step in (0, 29, 99)]
    [0.004, 0.1, 0.0]
    """

    config_name = "one-cycle"

    lr: PositiveFloat
    steps: Annotated[int, Meta(ge=2)]
    pct_start: Fraction = 0.3
    div_factor: PositiveFloat = 25.0
    final_div_factor: PositiveFloat = 1e4

    def __call__(self, step: int) -> float:
        start, end = self.lr / self.div_factor, self.lr / self.div_factor / self.final_div_factor
        peak, last = self.pct_start * self.steps - 1, self.steps - 1
        if step <= peak:
            return anneal(start, self.lr, step / peak if peak else 1.0)
        # A peak before the first step, as pct_start=0 has it, starts the way down at once.
        peak = max(peak, 0.0)
        return anneal(self.lr, end, min(1.0, (step - peak) / (last - peak)))
