"""Rates that fall along a power of the time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from ..ranges import InEpochs, NonNegativeFloat, PositiveFloat, PositiveInt
from .base import Schedule, check_floor


@dataclass(frozen=True)
class Linear(Schedule):
    """lr(t) = floor + (lr - floor) · (1 - t / steps), and floor ever after.

    With ``floor=0`` this is lr · (1 - t / T).

    InputError for an argument out of its range, and for a floor above lr.

    >>> lr = Linear(0.1, steps=100)
    >>> [round(lr(step), 4) for step in (0, 50, 100)]
    [0.1, 0.05, 0.0]
    """

    config_name = "linear"

    lr: PositiveFloat
    steps: PositiveInt
    floor: NonNegativeFloat = 0.0

    def __post_init__(self) -> None:
        check_floor(self.lr, self.floor)

    def __call__(self, step: int) -> float:
        return float(self.floor + (self.lr - self.floor) * max(0.0, 1 - step / self.steps))


@dataclass(frozen=True)
class Polynomial(Schedule):
    """lr(t) = floor + (lr - floor) · (1 - t / steps)^power, and floor ever after.

    InputError for an argument out of its range, and for a floor above lr.

    Source: Liu et al. 2015, "ParseNet" ("poly", with power 0.9).

    >>> lr = Polynomial(0.1, steps=100)
    >>> [round(lr(step), 4) for step in (0, 50, 100)]
    [0.1, 0.025, 0.0]
    """

    config_name = "polynomial"

    lr: PositiveFloat
    steps: PositiveInt
    power: PositiveFloat = 2.0
    floor: NonNegativeFloat = 0.0

    def __post_init__(self) -> None:
        check_floor(self.lr, self.floor)

    def __call__(self, step: int) -> float:
        left = max(0.0, 1 - step / self.steps)
        return float(self.floor + (self.lr - self.floor) * math.pow(left, self.power))


@dataclass(frozen=True)
class InverseSqrt(Schedule):
    """lr(t) = lr / √(1 + t / timescale)

    With ``timescale=1`` the n-th step, counted from 1, takes lr / √n. A longer timescale holds
    the first rate for longer: it is halved after 3 · timescale steps. It never ends, so the
    length of the training need not be known.

    InputError for an argument out of its range.

    >>> lr = InverseSqrt(0.1)
    >>> [round(lr(step), 4) for step in (0, 3, 99)]
    [0.1, 0.05, 0.01]
    """

    config_name = "inverse-sqrt"

    lr: PositiveFloat
    timescale: Annotated[PositiveInt, InEpochs("timescale_epochs", PositiveFloat, 1.0)] = 1

    def __call__(self, step: int) -> float:
        return float(self.lr / math.sqrt(1 + step / self.timescale))
