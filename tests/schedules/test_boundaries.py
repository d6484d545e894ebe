"""Where one piece of a schedule meets the next, what it starts from, and what it may not be."""

from __future__ import annotations

import dataclasses
import math

import pytest

from chainrule.errors import InputError
from chainrule.schedules import (
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    InverseSqrt,
    Linear,
    MultiStep,
    OneCycle,
    Polynomial,
    Step,
    TimeScaled,
    Warmup,
    preview,
)

FALLING = [Cosine(0.4, 8), CosineRestarts(0.4, 8), Linear(0.4, 8), Polynomial(0.4, 8)]


@pytest.mark.parametrize("schedule", FALLING, ids=repr)
def test_a_floor_is_at_most_the_rate(schedule):
    with pytest.raises(InputError, match=r"floor: expected at most lr, 0\.4, received 0\.5"):
        dataclasses.replace(schedule, floor=0.5)
    level = dataclasses.replace(schedule, floor=0.4)
    assert [level(step) for step in range(12)] == pytest.approx(12 * [0.4])


@pytest.mark.parametrize(
    ("schedule", "defaults"),
    [
        (Cosine(1.0, 8), {"floor": 0.0}),
        (CosineRestarts(1.0, 8), {"growth": 1, "floor": 0.0}),
        (Exponential(1.0), {"factor": 0.9, "every": 1}),
        (InverseSqrt(1.0), {"timescale": 1}),
        (Linear(1.0, 8), {"floor": 0.0}),
        (MultiStep(1.0, (3,)), {"factor": 0.1}),
        (OneCycle(1.0, 8), {"pct_start": 0.3, "div_factor": 25.0, "final_div_factor": 1e4}),
        (TimeScaled(Constant(1.0)), {"knots": ()}),
        (Polynomial(1.0, 8), {"power": 2.0, "floor": 0.0}),
        (Step(1.0, 8), {"factor": 0.5}),
        (Warmup(Constant(1.0), 8), {"start": 0.01}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_defaults_are_as_documented(schedule, defaults):
    for name, value in defaults.items():
        assert getattr(schedule, name) == value, name
    required = {f.name for f in dataclasses.fields(schedule) if f.default is dataclasses.MISSING}
    assert required.isdisjoint(defaults)


def test_one_cycle_between_its_ends():
    """Half a cosine over 29 steps up and over 70 down; not only where the cosine is -1, 0 or 1."""
    schedule = OneCycle(1.0, 100)
    for step in (1, 10, 28):
        share = (1 - math.cos(math.pi * step / 29)) / 2
        assert schedule(step) == pytest.approx(0.04 + 0.96 * share)
    for step in (30, 50, 98):
        share = (1 - math.cos(math.pi * (step - 29) / 70)) / 2
        assert schedule(step) == pytest.approx(1 + (4e-6 - 1) * share)


def test_a_peak_at_the_first_step_is_the_rate_itself():
    schedule = OneCycle(1.0, 10, pct_start=0.1)
    assert schedule(0) == 1.0
    assert schedule(1) < 1.0


@pytest.mark.parametrize(
    "knots",
    [
        [(-1, 0.0, 1.0)],
        [(0, -1.0, 1.0)],
        [(4, 3.0, 1.0), (2, 5.0, 1.0)],  # back in time
        [(2, 5.0, 1.0), (4, 3.0, 1.0)],  # back in the plan
        [(2, 5.0, 1.0), (2, 6.0, 1.0)],  # twice the same step
        [(1, 1.0, 1.0), (2, 2.0, 1.0), (3, 1.5, 1.0)],
    ],
)
def test_knots_go_forward(knots):
    with pytest.raises(InputError, match="knots: expected"):
        TimeScaled(Constant(1.0), knots)


def test_a_plan_may_stand_still():
    schedule = TimeScaled(Linear(1.0, 10), [(2, 2.0, 0.0), (4, 2.0, 1.0)])
    assert [schedule(step) for step in range(6)] == pytest.approx([1, 0.9, 0.8, 0.8, 0.8, 0.7])


def test_a_plan_may_be_far_ahead_of_the_steps():
    schedule = TimeScaled(Linear(1.0, 100), [(2, 50.0, 1.0), (4, 60.0, 2.0)])
    assert [schedule(step) for step in range(6)] == pytest.approx([1, 0.99, 0.5, 0.49, 0.4, 0.38])


def test_knots_become_numbers_that_can_be_hashed():
    schedule = TimeScaled(Constant(1.0), [[1, 2, 3]])
    assert schedule.knots == ((1, 2.0, 3.0),)
    assert [type(number) for number in schedule.knots[0]] == [int, float, float]
    assert hash(schedule) == hash(TimeScaled(Constant(1.0), ((1, 2.0, 3.0),)))


def test_a_preview_is_48_columns_wide():
    _, bars, _ = preview(Linear(1.0, 100), 100).split(" ")
    assert len(bars) == 48
