"""Learning rates as pure functions of the number of steps taken: a resume cannot shift them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from .errors import InputError


class Schedule(ABC):
    """``schedule(step)`` is the learning rate of the step after ``step`` steps. No state."""

    @abstractmethod
    def __call__(self, step: int) -> float: ...


@dataclass(frozen=True)
class Constant(Schedule):
    """lr(t) = lr"""

    lr: float

    def __post_init__(self) -> None:
        _positive(lr=self.lr)

    def __call__(self, step: int) -> float:
        return self.lr


@dataclass(frozen=True)
class Step(Schedule):
    """lr(t) = lr · factor^⌊t / every⌋"""

    lr: float
    every: int
    factor: float = 0.5

    def __post_init__(self) -> None:
        _positive(lr=self.lr, every=self.every, factor=self.factor)

    def __call__(self, step: int) -> float:
        return float(self.lr * self.factor ** (step // self.every))


@dataclass(frozen=True)
class Cosine(Schedule):
    """lr(t) = floor + (lr - floor) · (1 + cos(π t / steps)) / 2, and floor ever after.

    Source: Loshchilov and Hutter 2017, "SGDR", without restarts.
    """

    lr: float
    steps: int
    floor: float = 0.0

    def __post_init__(self) -> None:
        _positive(lr=self.lr, steps=self.steps)

    def __call__(self, step: int) -> float:
        progress = min(1.0, step / self.steps)
        return self.floor + (self.lr - self.floor) * (1 + math.cos(math.pi * progress)) / 2


def as_schedule(lr: float | Schedule) -> Schedule:
    """A number becomes a constant schedule."""
    return lr if isinstance(lr, Schedule) else Constant(lr)


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not (value > 0 and math.isfinite(value)):
            raise InputError(f"{name}: expected a positive finite number, received {value}")
