"""What a schedule is: a learning rate as a pure function of the number of steps taken."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from .. import require
from ..errors import InputError


class Schedule(ABC):
    """``schedule(step)`` is the learning rate of the step after ``step`` steps.

    A schedule has no state, so that a resume cannot shift it; two with equal arguments are
    equal. Every length is in steps: an epoch is as many as it has batches.
    """

    @abstractmethod
    def __call__(self, step: int) -> float: ...


@dataclass(frozen=True)
class Constant(Schedule):
    """lr(t) = lr"""

    lr: float

    def __post_init__(self) -> None:
        require.positive(lr=self.lr)

    def __call__(self, step: int) -> float:
        return self.lr


def as_schedule(lr: float | Schedule) -> Schedule:
    """A number becomes a constant schedule."""
    return lr if isinstance(lr, Schedule) else Constant(lr)


def check_floor(lr: float, floor: float) -> None:
    """Raise InputError unless ``floor`` is from 0 to ``lr``."""
    require.positive(lr=lr)
    require.not_negative(floor=floor)
    if floor > lr:
        raise InputError(f"floor: expected at most lr, {lr}, received {floor}")
