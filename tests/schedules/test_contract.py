"""Every public schedule: some values worked by hand, and the promises that all of them keep."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from chainrule import schedules
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
    Repeat,
    Schedule,
    Sequence,
    Step,
    TimeScaled,
    Until,
    Warmup,
    as_schedule,
)

from ..contract import public

# A schedule and some of its values, worked by hand.
SCHEDULES = [
    (Constant(0.3), {0: 0.3, 10**9: 0.3}),
    (Step(0.8, every=10), {0: 0.8, 9: 0.8, 10: 0.4, 29: 0.2, 30: 0.1}),
    (Step(1.0, every=1, factor=0.1), {0: 1.0, 1: 0.1, 3: 0.001}),
    (MultiStep(1.0, (3, 10)), {0: 1.0, 2: 1.0, 3: 0.1, 9: 0.1, 10: 0.01, 99: 0.01}),
    (MultiStep(1.0, [5], factor=2.0), {4: 1.0, 5: 2.0}),
    (Exponential(1.0, 0.5), {0: 1.0, 1: 0.5, 10: 2**-10}),
    (Exponential(4.0, 0.25, every=10), {0: 4.0, 5: 2.0, 10: 1.0, 20: 0.25}),
    (Linear(2.0, 100), {0: 2.0, 25: 1.5, 50: 1.0, 100: 0.0, 101: 0.0}),
    (Linear(1.0, 10, floor=0.5), {0: 1.0, 5: 0.75, 10: 0.5, 99: 0.5}),
    (Polynomial(1.0, 10), {0: 1.0, 5: 0.25, 10: 0.0, 11: 0.0}),
    (Polynomial(1.0, 10, power=0.5, floor=0.2), {0: 1.0, 9: 0.2 + 0.8 * math.sqrt(0.1), 10: 0.2}),
    (InverseSqrt(1.0), {0: 1.0, 3: 0.5, 8: 1 / 3, 99: 0.1}),
    (InverseSqrt(0.6, timescale=100), {0: 0.6, 300: 0.3, 800: 0.2}),
    (Cosine(1.0, steps=100), {0: 1.0, 25: (2 + math.sqrt(2)) / 4, 50: 0.5, 100: 0.0, 500: 0.0}),
    (Cosine(1.0, steps=4, floor=0.2), {0: 1.0, 2: 0.6, 4: 0.2, 5: 0.2}),
    (CosineRestarts(1.0, 10), {0: 1.0, 5: 0.5, 10: 1.0, 15: 0.5, 10**12: 1.0}),
    (CosineRestarts(1.0, 4, growth=2, floor=0.2), {2: 0.6, 4: 1.0, 8: 0.6, 12: 1.0, 20: 0.6}),
    # peak at the 30th of 100 steps: t = 29
    (OneCycle(1.0, 100), {0: 0.04, 14.5: 0.52, 29: 1.0, 99: 4e-6, 100: 4e-6}),
    (OneCycle(1.0, 11, pct_start=0.0, final_div_factor=1.0), {0: 1.0, 5: 0.52, 10: 0.04}),
    (Warmup(Constant(1.0), 10), {0: 0.01, 5: 0.505, 10: 1.0, 11: 1.0}),
    (Warmup(Linear(1.0, 10), 4, start=0.0), {0: 0.0, 2: 0.5, 4: 1.0, 9: 0.5, 14: 0.0}),
    (Sequence(Constant(0.5), Linear(1.0, 4), at=3), {0: 0.5, 2: 0.5, 3: 1.0, 5: 0.5, 7: 0.0}),
    (Repeat(Linear(1.0, 4), 4), {0: 1.0, 2: 0.5, 3: 0.25, 4: 1.0, 11: 0.25}),
    (Until(Linear(1.0, 4), 3), {0: 1.0, 2: 0.5, 3: 0.0, 9: 0.0}),
    (TimeScaled(Linear(1.0, 100)), {0: 1.0, 25: 0.75, 100: 0.0}),
    # two steps as planned, then four at a time; from step 12 on (v = 42), half of one at a time
    (
        TimeScaled(Linear(1.0, 100), ((2, 2.0, 4.0), (12, 42.0, 0.5))),
        {0: 1.0, 1: 0.99, 2: 0.98, 3: 0.94, 11: 0.62, 12: 0.58, 13: 0.58, 14: 0.57, 999: 0.0},
    ),
]
each = pytest.mark.parametrize(("schedule", "values"), SCHEDULES, ids=repr)


def test_every_public_schedule_is_in_the_table():
    assert public(schedules, Schedule) == {type(schedule) for schedule, _ in SCHEDULES}


@each
def test_values(schedule: Schedule, values):
    for step, lr in values.items():
        assert schedule(step) == pytest.approx(lr, abs=1e-12)
        assert type(schedule(step)) is float


@each
def test_is_a_pure_function_of_the_step(schedule: Schedule, values):
    steps = [7, 0, 3, 7, 1000, 0]
    twin = dataclasses.replace(schedule)
    assert [schedule(step) for step in steps] == [twin(step) for step in reversed(steps)][::-1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        schedule.lr = 1.0


def test_a_step_counts_for_one_planned_step_unless_time_is_short():
    assert Linear(1.0, 100).planned(7) == 7.0
    assert Warmup(Constant(1.0), 10).planned(0) == 0.0
    assert TimeScaled(Linear(1.0, 100), ((2, 2.0, 4.0),)).planned(7) == 2 + 4 * 5


@each
def test_is_equal_to_what_its_repr_builds(schedule: Schedule, values):
    twin = eval(repr(schedule), vars(schedules))
    assert twin == schedule
    assert hash(twin) == hash(schedule)
    assert {schedule} != {Constant(0.123)}


@each
def test_never_negative_and_takes_integers_of_numpy(schedule: Schedule, values):
    for step in range(200):
        assert 0 <= schedule(step) < math.inf
        for kind in (np.int64, np.int32, np.uint64):
            assert schedule(kind(step)) == schedule(step)
            assert type(schedule(kind(step))) is float


RATES = [schedule for schedule, _ in SCHEDULES if hasattr(schedule, "lr")]


@pytest.mark.parametrize("schedule", RATES, ids=repr)
@pytest.mark.parametrize("lr", [0.0, -1.0, math.nan, math.inf, "fast", None, True])
def test_refuses_a_rate_that_cannot_be(schedule: Schedule, lr):
    with pytest.raises(InputError, match="lr: expected a positive finite number, received"):
        dataclasses.replace(schedule, lr=lr)


LENGTHS = [
    (schedule, name)
    for schedule, _ in SCHEDULES
    for name in ("steps", "every", "timescale", "growth", "at")
    if hasattr(schedule, name)
]


@pytest.mark.parametrize(("schedule", "name"), LENGTHS, ids=str)
@pytest.mark.parametrize("length", [0, -3, 2.5, "10"])
def test_refuses_a_length_that_is_no_count(schedule: Schedule, name, length):
    with pytest.raises(InputError, match=f"{name}: expected a whole number of at least"):
        dataclasses.replace(schedule, **{name: length})


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Step(1.0, every=5, factor=-1), "factor: expected a positive finite number"),
        (lambda: Exponential(1.0, 0.0), "factor: expected a positive finite number"),
        (lambda: Polynomial(1.0, 5, power=0), "power: expected a positive finite number"),
        (lambda: Linear(1.0, 5, floor=-0.1), "floor: expected 0 or more, received -0.1"),
        (lambda: Cosine(0.1, 5, floor=0.2), "floor: expected at most lr, 0.1, received 0.2"),
        (lambda: MultiStep(1.0, (5, 5)), r"milestones: expected growing .* received \(5, 5\)"),
        (lambda: MultiStep(1.0, ()), r"milestones: expected growing step numbers, received \(\)"),
        (
            lambda: MultiStep(1.0, (0, 5)),
            "milestones: expected a list, each item a whole",
        ),
        (lambda: OneCycle(1.0, 10, pct_start=1.0), r"pct_start: expected a number in \[0, 1\)"),
        (lambda: OneCycle(1.0, 10, div_factor=0), "div_factor: expected a positive"),
        (lambda: Warmup(Constant(1.0), 5, start=1.0), r"start: expected a number in \[0, 1\)"),
        (lambda: Warmup(0.1, 5), "schedule: expected a Schedule"),
        (lambda: Sequence(Constant(1.0), 0.1, 5), "second: expected a Schedule"),
        (lambda: Repeat(0.1, 5), "schedule: expected a Schedule"),
        (lambda: Until(Constant(0.1), 0), "steps: expected a whole number of at least 1"),
        (lambda: TimeScaled(0.1), "schedule: expected a Schedule"),
        (lambda: TimeScaled(Constant(1.0), [(1, 2)]), r"knots: expected \(t, v, r\) each"),
        (
            lambda: TimeScaled(Constant(1.0), [(0, 0.0, -1.0)]),
            "knots: expected 0 or more, received -1",
        ),
        (
            lambda: TimeScaled(Constant(1.0), [(2, 2, 1), (2, 3, 1)]),
            "knots: expected growing steps",
        ),
    ],
)
def test_refuses_other_arguments_by_name(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_a_number_is_a_constant_schedule():
    assert as_schedule(0.1) == Constant(0.1)
    assert as_schedule(Constant(0.1)) == Constant(0.1)


def test_schedules_nest():
    nested = Warmup(Sequence(Step(0.4, every=5), Cosine(0.1, 10), at=10), 4)
    for step, lr in {4: 0.4, 9: 0.2, 14: 0.1, 24: 0.0}.items():
        assert nested(step) == pytest.approx(lr, abs=1e-12)
