from __future__ import annotations

import re

import pytest

from chainrule import schedules
from chainrule.config import assignments, resolve
from chainrule.errors import InputError
from chainrule.experiment.factory import schedule, snapshot_ends
from chainrule.schedules import Cosine, Repeat, Warmup

BATCHES = 7


def built(*settings: str) -> schedules.Schedule:
    return schedule(resolve(assignments(["epochs=20", *settings])), 0.1, BATCHES)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["name=constant"], schedules.Constant(0.1)),
        (["name=step", "every_epochs=2", "factor=0.1"], schedules.Step(0.1, 14, factor=0.1)),
        (
            ["name=multi-step", "milestones=[5, 7.5]", "factor=0.2"],
            schedules.MultiStep(0.1, (35, 52), factor=0.2),
        ),
        (["name=multi-step"], schedules.MultiStep(0.1, (70, 105))),
        (["name=exponential", "factor=0.5", "every_epochs=3"], schedules.Exponential(0.1, 0.5, 21)),
        (["name=linear", "floor=0.01"], schedules.Linear(0.1, 140, floor=0.01)),
        (["name=inverse-sqrt", "timescale_epochs=0.5"], schedules.InverseSqrt(0.1, 4)),
        (["name=inverse-sqrt", "timescale_epochs=0.01"], schedules.InverseSqrt(0.1, 1)),
        (["name=polynomial", "power=0.9", "floor=0.01"], schedules.Polynomial(0.1, 140, 0.9, 0.01)),
        (["name=cosine", "floor=0.01"], schedules.Cosine(0.1, 140, floor=0.01)),
        (
            ["name=cosine-restarts", "epochs=3", "growth=2", "floor=0.01"],
            schedules.CosineRestarts(0.1, 21, growth=2, floor=0.01),
        ),
        (["name=one-cycle", "pct_start=0.4"], schedules.OneCycle(0.1, 140, pct_start=0.4)),
    ],
)
def test_a_schedule_counts_in_steps(settings: list[str], expected: schedules.Schedule) -> None:
    assert built(*(f"schedule.{setting}" for setting in settings)) == expected


@pytest.mark.parametrize(
    ("settings", "inner"),
    [
        (["name=constant"], schedules.Constant(0.1)),
        (["name=cosine"], schedules.Cosine(0.1, 140 - 18)),
        (["name=one-cycle"], schedules.OneCycle(0.1, 140 - 18)),
        (["name=step", "every_epochs=2"], schedules.Step(0.1, 14)),
        (["name=multi-step", "milestones=[5, 10]"], schedules.MultiStep(0.1, (17, 52))),
        (["name=multi-step"], schedules.MultiStep(0.1, (52, 87))),
    ],
)
def test_after_a_warm_up_a_schedule_has_what_is_left(
    settings: list[str], inner: schedules.Schedule
) -> None:
    warmup = ["warmup_epochs=2.5", "warmup_start=0.2"]
    expected = Warmup(inner, steps=18, start=0.2)
    assert built(*(f"schedule.{setting}" for setting in [*settings, *warmup])) == expected


def test_milestones_stay_where_they_are_in_the_training() -> None:
    rate = built(*("schedule." + s for s in ("name=multi-step", "milestones=[5]")))
    warm = built(
        *("schedule." + s for s in ("name=multi-step", "milestones=[5]", "warmup_epochs=2"))
    )
    assert [rate(t) for t in range(14, 140)] == [warm(t) for t in range(14, 140)]


def test_the_shortest_warm_up_is_a_step() -> None:
    warm = built("schedule.name=constant", "schedule.warmup_epochs=0.001")
    assert warm == Warmup(schedules.Constant(0.1), 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            ["warmup_epochs=20"],
            "warmup_epochs: expected fewer than the 20 epochs of the training, received 20",
        ),
        (
            ["name=multi-step", "milestones=[5, 5]"],
            "milestones: expected growing numbers of epochs, received 5, 5",
        ),
        (
            ["name=multi-step", "milestones=[2, 5]", "warmup_epochs=3"],
            "milestones: expected growing numbers of epochs after a warm-up of 3, received 2, 5",
        ),
        (["name=cosine", "floor=0.5"], "floor: expected at most lr, 0.1, received 0.5"),
    ],
)
def test_what_cannot_be_is_refused(settings: list[str], message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        built(*(f"schedule.{setting}" for setting in settings))


def test_snapshots_repeat_the_schedule_after_its_warm_up() -> None:
    settings = ("schedule.name=cosine", "snapshots.cycles=3", "epochs=10", "optimizer.lr=0.5")
    config = resolve(assignments([*settings, "schedule.warmup_epochs=1"]))
    built = schedule(config, 0.5, 10)
    assert built == Warmup(Repeat(Cosine(0.5, 30), 30), 10)
    assert snapshot_ends(config, 10) == [40, 70, 100]


def test_the_last_cycle_ends_with_the_training() -> None:
    config = resolve(assignments(["epochs=10", "snapshots.cycles=3", "schedule.name=linear"]))
    assert snapshot_ends(config, 10) == [34, 68, 100]
    assert schedule(config, 0.1, 10)(99) < 0.01


def test_a_schedule_that_does_not_fall_makes_no_snapshots() -> None:
    config = resolve(assignments(["snapshots.cycles=3", "schedule.name=step"]))
    names = "cosine or linear or one-cycle or polynomial"
    with pytest.raises(InputError, match=f"needs a schedule that falls to its end: name = {names}"):
        schedule(config, 0.1, 10)
