"""A schedule that is run through faster than planned, for a training that has only so much time."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from msgspec import Meta

from .. import require
from ..errors import InputError
from .base import Schedule

Knot = tuple[int, float, float]


@dataclass(frozen=True)
class TimeScaled(Schedule):
    """lr(t) = schedule(⌊v(t)⌋)        v(t) = vᵢ + rᵢ (t - tᵢ)  for tᵢ ≤ t < tᵢ₊₁

    Each of ``knots`` is (tᵢ, vᵢ, rᵢ): from step tᵢ on, a step counts for rᵢ planned steps. Before
    the first one, a step counts for one. `chainrule.training.TimeBudget` measures the knots;
    with the same knots a training takes the same rates.

    InputError for knots of another form, negative ones, and steps that do not grow.

    >>> from chainrule.schedules import Linear
    >>> lr = TimeScaled(Linear(0.1, steps=100), knots=[(10, 10.0, 2.0)])
    >>> [round(lr(step), 4) for step in (0, 10, 35)]
    [0.1, 0.09, 0.04]
    """

    schedule: Schedule
    knots: Annotated[Sequence[Knot], Meta(description="(t, v, r) each")] = ()

    def __post_init__(self) -> None:
        try:
            knots = tuple((int(t), float(v), float(r)) for t, v, r in self.knots)
        except (TypeError, ValueError):
            raise InputError(f"knots: expected (t, v, r) each, received {self.knots!r}") from None
        for t, v, r in knots:
            require.not_negative(knots=t)
            require.not_negative(knots=v)
            require.not_negative(knots=r)
        if any(b[0] <= a[0] or b[1] < a[1] for a, b in pairwise(knots)):
            raise InputError(f"knots: expected growing steps, received {knots}")
        object.__setattr__(self, "knots", knots)

    def planned(self, step: int) -> float:
        """v(step): how many steps of the plan are done after ``step`` steps."""
        i = bisect_right(self.knots, (step, math.inf, math.inf)) - 1
        if i < 0:
            return float(step)
        t, v, r = self.knots[i]
        return v + r * (step - t)

    def __call__(self, step: int) -> float:
        return float(self.schedule(int(self.planned(step))))
