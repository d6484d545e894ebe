"""What may change between a checkpoint and its resume, and how the rest is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chainrule.config import assignments, resolve
from chainrule.errors import InputError
from chainrule.experiment import prepare
from chainrule.experiment.run import check_identity
from chainrule.training import Run


def of(*settings: str) -> dict[str, Any]:
    return prepare(resolve(assignments(settings))).identity()


def check(then: Any, now: Any) -> list[str]:
    said: list[str] = []
    written = json.loads(json.dumps(then))
    check_identity(written, now, Run(Path("runs/a")), said.append)
    return said


@pytest.mark.parametrize(
    "settings",
    [
        (),
        ("model.name=vgg", "model.blocks=[[4],[8,8]]"),  # lists in lists
        ("augment.preset=handwriting", "model.hidden=[9,8]"),
        ("schedule.name=multi-step", "schedule.milestones=[2,4.5]", 'log.to=["csv","jsonl"]'),
        ('optimizer.groups."*.bias".lr_scale=0.1',),
    ],
)
def test_the_same_is_the_same(settings: tuple[str, ...]) -> None:
    assert check(of(*settings), of(*settings)) == []


@pytest.mark.parametrize(
    "setting",
    [
        "checkpoint.every_steps=3", "checkpoint.keep=9", "log.gradients=true", "log.every_steps=7",
    ],
)  # fmt: skip
def test_what_changes_no_step_may_change(setting: str) -> None:
    assert check(of(), of(setting)) == []


def test_settings_noted_under_old_names_are_the_same() -> None:
    then = of("images.color=gray")
    images = then["config"].pop("images")
    then["config"]["pictures"] = {**images, "colour": "grey"}
    del then["config"]["pictures"]["color"]
    assert check(then, of("images.color=gray")) == []
    with pytest.raises(InputError, match=r"images\.color was gray and is auto"):
        check(then, of())


def test_a_budget_may_grow() -> None:
    assert check(of("time_budget=10m"), of("time_budget=1h")) == []


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("epochs=31", "epochs was 30 and is 31"),
        ("seed=1", "seed was 0 and is 1"),
        ("optimizer.lr=0.5", "optimizer.lr was 0.01 and is 0.5"),
        ("loss.reg=0.1", "loss.reg was 0.0 and is 0.1"),
        ("schedule.name=constant", "schedule.name was cosine and is constant"),
        ("early_stopping.patience=3", "early_stopping.patience was 0 and is 3"),
        ("snapshots.cycles=2", "snapshots.cycles was 0 and is 2"),
        ("average.kind=ema", "average.decay was not set and is 0.999"),
        ("augment.preset=flip", "augment.horizontal_flip."),
        ("time_budget=9h", "time_budget was off and is on"),
    ],
)
def test_what_counts_is_told_with_both_values(setting: str, told: str) -> None:
    with pytest.raises(InputError, match="runs/a cannot be resumed") as error:
        check(of(), of(setting))
    assert told in str(error.value)
    assert "chainrule train --config runs/a/config.toml" in str(error.value)


def test_many_changes_are_counted() -> None:
    then = of()
    now = of("epochs=3", "seed=1", "batch_size=8", "accumulate=2", "max_norm=3", "validation=9")
    with pytest.raises(InputError, match=r"\(and 2 more\); put that back"):
        check(then, now)


def test_the_data_are_known_by_their_content() -> None:
    then = of()
    then["data"]["train"] = "0" * 64
    with pytest.raises(InputError, match="the train data had sha256 000000000000 and have "):
        check(then, of())


def test_a_checkpoint_without_an_identity_is_not_asked() -> None:
    assert check({}, of()) == []
    assert check({"config": 3, "data": None}, of()) == []


def test_a_run_from_before_there_was_a_choice_of_precision() -> None:
    then = of()
    del then["config"]["precision"], then["processor"]
    assert check(then, of()) == []
    with pytest.raises(InputError, match="precision was float32 and is bfloat16"):
        check(then, of("precision=bfloat16"))


def test_another_processor_is_said_in_one_line() -> None:
    then, now = of("precision=bfloat16"), of("precision=bfloat16")
    then["processor"] = {"cpu": "Old CPU", "products": "AMX tiles"}
    now["processor"] = {"cpu": "New CPU", "products": "float32, factors rounded to bfloat16"}
    assert check(then, now) == [
        "note: the processor was Old CPU and is New CPU; what multiplies was AMX tiles and is "
        "float32, factors rounded to bfloat16: sums may be rounded otherwise, so the results will "
        "be as good but not the same to the last bit"
    ]
    now["processor"] = {"cpu": None, "products": "AMX tiles"}
    assert check(then, now) == [
        "note: the processor was Old CPU and is unknown: sums may be rounded otherwise, so the "
        "results will be as good but not the same to the last bit"
    ]
