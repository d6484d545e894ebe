"""What a schedule is: a learning rate as a pure function of the number of steps taken."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import wraps
from typing import Any

from .. import require
from ..declared import Checked
from ..errors import InputError
from ..ranges import PositiveFloat


class Schedule(Checked, ABC):
    """``schedule(step)`` is the learning rate of the step after ``step`` steps.

    A schedule has no state, so that a resume cannot shift it; two with equal arguments are
    equal. Every length is in steps: an epoch is as many as it has batches.

    Constructors raise InputError for an argument out of its range.

    >>> from chainrule import schedules
    >>> isinstance(schedules.Cosine(0.1, steps=100), Schedule), sorted(schedules.SCHEDULES)[:3]
    (True, ['constant', 'cosine', 'cosine-restarts'])
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """A schedule of any class refuses what is no number of steps."""
        super().__init_subclass__(**kwargs)
        if "__call__" in vars(cls):
            rate = vars(cls)["__call__"]

            @wraps(rate)
            def called(self: Schedule, step: int) -> float:
                if type(step) is not int:
                    require.not_negative(step=step)
                return rate(self, step)  # type: ignore[no-any-return]

            cls.__call__ = called  # type: ignore[method-assign]

    @abstractmethod
    def __call__(self, step: int) -> float: ...

    def planned(self, step: int) -> float:
        """How many steps of its plan are done after ``step`` steps: others where time is short."""
        return float(step)


@dataclass(frozen=True)
class Constant(Schedule):
    """lr(t) = lr

    InputError for an argument out of its range.

    >>> lr = Constant(0.1)
    >>> [round(lr(step), 4) for step in (0, 10)]
    [0.1, 0.1]
    """

    config_name = "constant"
    lr: PositiveFloat

    def __call__(self, step: int) -> float:
        return self.lr


def as_schedule(lr: float | Schedule) -> Schedule:
    """A number becomes a constant schedule.

    >>> as_schedule(0.1)(1000)
    0.1
    """
    return lr if isinstance(lr, Schedule) else Constant(lr)


def check_floor(lr: float, floor: float) -> None:
    """Raise InputError unless ``floor`` is at most ``lr``."""
    if floor > lr:
        raise InputError(f"floor: expected at most lr, {lr}, received {floor}")
