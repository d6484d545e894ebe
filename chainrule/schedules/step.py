"""Rates that are multiplied by a factor again and again.

Powers are ``math.pow``: ``**`` with a NumPy number is NumPy's own power, which is an ulp off on
CPUs with AVX-512 (0.1**np.int64(8)), and a rate depends on the step alone, not on its type.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from ..errors import InputError
from ..ranges import InEpochs, PositiveFloat, PositiveInt
from .base import Schedule


@dataclass(frozen=True)
class Step(Schedule):
    """lr(t) = lr · factor^⌊t / every⌋

    InputError for an argument out of its range.

    >>> lr = Step(0.1, every=10)
    >>> [round(lr(step), 4) for step in (0, 10, 20)]
    [0.1, 0.05, 0.025]
    """

    config_name = "step"

    lr: PositiveFloat
    every: Annotated[PositiveInt, InEpochs("every_epochs", PositiveInt, 2)]
    factor: PositiveFloat = 0.5

    def __call__(self, step: int) -> float:
        return float(self.lr * math.pow(self.factor, step // self.every))


@dataclass(frozen=True)
class MultiStep(Schedule):
    """lr(t) = lr · factor^(how many milestones are ≤ t)

    ``milestones`` are numbers of steps, growing.

    InputError for an argument out of its range, and for milestones that do not grow.

    >>> lr = MultiStep(0.1, milestones=(10, 15))
    >>> [round(lr(step), 4) for step in (0, 10, 15)]
    [0.1, 0.01, 0.001]
    """

    config_name = "multi-step"

    lr: PositiveFloat
    milestones: Annotated[
        Sequence[PositiveInt], InEpochs("milestones", tuple[PositiveFloat, ...], ())
    ]
    factor: PositiveFloat = 0.1

    def __post_init__(self) -> None:
        milestones = tuple(self.milestones)
        if not milestones or any(b <= a for a, b in pairwise(milestones)):
            raise InputError(f"milestones: expected growing step numbers, received {milestones}")
        object.__setattr__(self, "milestones", milestones)

    def __call__(self, step: int) -> float:
        return float(self.lr * math.pow(self.factor, bisect_right(self.milestones, step)))


@dataclass(frozen=True)
class Exponential(Schedule):
    """lr(t) = lr · factor^(t / every)

    The smooth form of `Step`: both agree at the multiples of ``every``. A factor above 1 grows.

    InputError for an argument out of its range.

    >>> lr = Exponential(0.1, every=10)
    >>> [round(lr(step), 4) for step in (0, 10, 20)]
    [0.1, 0.09, 0.081]
    """

    config_name = "exponential"

    lr: PositiveFloat
    factor: PositiveFloat = 0.9
    every: Annotated[PositiveInt, InEpochs("every_epochs", PositiveInt, 1)] = 1

    def __call__(self, step: int) -> float:
        return float(self.lr * math.pow(self.factor, step / self.every))
