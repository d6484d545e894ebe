"""Schedules made of schedules."""

from __future__ import annotations

from dataclasses import dataclass

from ..ranges import Fraction, PositiveInt
from .base import Schedule


@dataclass(frozen=True)
class Sequence(Schedule):
    """first(t) for t < at, then second(t - at): the second one counts from its own start.

    InputError for what is no schedule, and for an argument out of its range.

    >>> from chainrule.schedules import Constant
    >>> lr = Sequence(Constant(0.1), Constant(0.01), at=10)
    >>> [round(lr(step), 4) for step in (0, 5, 10)]
    [0.1, 0.1, 0.01]
    """

    first: Schedule
    second: Schedule
    at: PositiveInt

    def __call__(self, step: int) -> float:
        return self.first(step) if step < self.at else self.second(step - self.at)


@dataclass(frozen=True)
class Warmup(Schedule):
    """schedule(0) · (start + (1 - start) · t / steps) for t < steps, then schedule(t - steps)

    The rate rises along a line to where ``schedule`` begins, and ``schedule`` follows whole:
    give it the steps that are left. It starts at a hundredth, as a rate of 0 would waste the
    first step.

    InputError for what is no schedule, and for an argument out of its range.

    Source: Goyal et al. 2017, "Accurate, large minibatch SGD".

    >>> from chainrule.schedules import Constant
    >>> lr = Warmup(Constant(0.1), steps=10)
    >>> [round(lr(step), 4) for step in (0, 5, 10)]
    [0.001, 0.0505, 0.1]
    """

    schedule: Schedule
    steps: PositiveInt
    start: Fraction = 0.01

    def __call__(self, step: int) -> float:
        if step >= self.steps:
            return self.schedule(step - self.steps)
        return float(self.schedule(0) * (self.start + (1 - self.start) * step / self.steps))


@dataclass(frozen=True)
class Repeat(Schedule):
    """lr(t) = schedule(t mod steps): the same course again and again

    With a cosine of ``steps`` steps these are the cycles of a snapshot ensemble (Huang et al.
    2017): each ends at a low rate, in a minimum of its own.

    InputError for what is no schedule, and for an argument out of its range.

    >>> from chainrule.schedules import Cosine
    >>> lr = Repeat(Cosine(0.1, steps=10), steps=10)
    >>> [round(lr(step), 4) for step in (0, 5, 10)]
    [0.1, 0.05, 0.1]
    """

    schedule: Schedule
    steps: PositiveInt

    def __call__(self, step: int) -> float:
        return self.schedule(step % self.steps)


@dataclass(frozen=True)
class Until(Schedule):
    """schedule(t) for t < steps, and 0 ever after: the parameters then are frozen.

    For a group of parameters that learn in the first steps alone, such as the bias of a whitening
    convolution (Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU").

    InputError for what is no schedule, and for an argument out of its range.

    >>> from chainrule.schedules import Constant
    >>> lr = Until(Constant(0.1), steps=10)
    >>> [lr(step) for step in (0, 9, 10)]
    [0.1, 0.1, 0.0]
    """

    schedule: Schedule
    steps: PositiveInt

    def __call__(self, step: int) -> float:
        return self.schedule(step) if step < self.steps else 0.0
