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

from .. import require
from ..errors import InputError
from .base import Schedule


@dataclass(frozen=True)
class Step(Schedule):
    """lr(t) = lr · factor^⌊t / every⌋"""

    lr: float
    every: int
    factor: float = 0.5

    def __post_init__(self) -> None:
        require.positive(lr=self.lr, factor=self.factor)
        require.whole(1, every=self.every)

    def __call__(self, step: int) -> float:
        return float(self.lr * math.pow(self.factor, step // self.every))


@dataclass(frozen=True)
class MultiStep(Schedule):
    """lr(t) = lr · factor^(how many milestones are ≤ t)

    ``milestones`` are numbers of steps, growing.
    """

    lr: float
    milestones: Sequence[int]
    factor: float = 0.1

    def __post_init__(self) -> None:
        require.positive(lr=self.lr, factor=self.factor)
        milestones = tuple(self.milestones)
        for milestone in milestones:
            require.whole(1, milestones=milestone)
        if not milestones or any(b <= a for a, b in pairwise(milestones)):
            raise InputError(f"milestones: expected growing step numbers, received {milestones}")
        object.__setattr__(self, "milestones", milestones)

    def __call__(self, step: int) -> float:
        return float(self.lr * math.pow(self.factor, bisect_right(self.milestones, step)))


@dataclass(frozen=True)
class Exponential(Schedule):
    """lr(t) = lr · factor^(t / every)

    The smooth form of `Step`: both agree at the multiples of ``every``. A factor above 1 grows.
    """

    lr: float
    factor: float
    every: int = 1

    def __post_init__(self) -> None:
        require.positive(lr=self.lr, factor=self.factor)
        require.whole(1, every=self.every)

    def __call__(self, step: int) -> float:
        return float(self.lr * math.pow(self.factor, step / self.every))
