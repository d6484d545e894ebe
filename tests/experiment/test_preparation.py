from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chainrule import experiment, saving
from chainrule.config import assignments, resolve
from chainrule.errors import InputError
from chainrule.experiment import Outcome, prepare, reopen
from chainrule.training import Run

from .conftest import SHORT


def test_the_data_are_split_by_the_seed() -> None:
    one, same, other = (prepare(resolve(assignments([f"seed={s}"]))) for s in (1, 1, 2))
    assert one.split == same.split != other.split
    assert len(one.train) + len(one.validation) == one.split.count
    assert one.test.split == "test"


def test_a_given_split_is_taken() -> None:
    first = prepare(resolve())
    again = prepare(resolve(assignments(["seed=9"])), first.split)
    assert again.split == first.split
    assert np.array_equal(again.train.labels, first.train.labels)


def test_the_model_is_drawn_by_the_seed() -> None:
    weights = [prepare(resolve(assignments([f"seed={s}"]))).model.state() for s in (1, 1, 2)]
    path = "layers.2.weight"
    assert np.array_equal(weights[0][path], weights[1][path])
    assert not np.array_equal(weights[0][path], weights[2][path])


def test_parameters_are_counted() -> None:
    small = prepare(resolve(assignments(["model.hidden=[3]", "model.norm=none"])))
    assert small.parameters == 64 * 3 + 3 + 3 * 10 + 10


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("batch_size=2000", "batch_size"),
        ("validation=1437", "validation"),
        (
            'optimizer.groups."*.bais".lr_scale=0',
            r"optimizer: groups: no parameter fits '\*\.bais'",
        ),
        ("loss.class_weights=[1, 2]", "loss: class_weights: .* 10 outputs, received 2"),
        ("schedule.warmup_epochs=99", "schedule: warmup_epochs: expected fewer than the 30 epochs"),
    ],
)
def test_what_does_not_fit_the_data_is_refused(setting: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        prepare(resolve(assignments([setting])))


def test_data_that_have_moved_are_found_on_request(outcome: Outcome, tmp_path: Path) -> None:
    assert reopen(outcome.run).config.data_dir is None
    assert reopen(outcome.run, tmp_path).config.data_dir == str(tmp_path)


DROPPING = (*SHORT, "model.dropout=0.3", "model.norm=batch", "loss.reg=0.0001")


def test_estimating_changes_no_bit(tmp_path):
    weights = []
    for estimated in (False, True):
        prepared = experiment.prepare(resolve(assignments(DROPPING)))
        if estimated:
            timing = experiment.estimate(prepared)
            assert timing.cost.batch_size == 200 and timing.seconds > 0
        run = Run.create(tmp_path / str(estimated))
        outcome = experiment.begin(prepared, run)
        weights.append(saving.load(run.model).state())
        assert json.loads(run.metrics.read_text())["test_accuracy"] == outcome.evaluation.accuracy
    assert weights[0].keys() == weights[1].keys()
    for path in weights[0]:
        np.testing.assert_array_equal(weights[0][path], weights[1][path], err_msg=path)


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (0.0, "about 10 s an epoch, 50 s in all;"),
        (60.0, "about 10 s an epoch, 50 s in all;"),
        (35.0, "about 10 s an epoch, 35 s are enough for about 3 of 5 epochs;"),
        (5.0, "about 10 s an epoch, 5 s are enough for less than one of 5 epochs;"),
    ],
)
def test_the_forecast_does_not_contradict_the_budget(budget, said):
    prepared = experiment.prepare(resolve(assignments(SHORT)))
    timing = experiment.estimate(prepared, by_layer=False)
    timing = replace(timing, epoch_seconds=10.0, seconds=50.0, budget=budget)
    assert dict(timing.rows)["time"].startswith(said)


def test_the_budget_of_the_configuration_is_estimated():
    prepared = experiment.prepare(resolve(assignments([*SHORT, "time_budget=2m"])))
    assert experiment.estimate(prepared, by_layer=False).budget == 120


def test_a_norm_that_would_see_one_value_is_refused_before_there_is_a_run(tmp_path):
    settings = resolve(assignments(["model.norm=batch", "batch_size=1"]))
    with pytest.raises(InputError, match="batch_size: expected 2 or more for a model with batch"):
        experiment.estimate(experiment.prepare(settings))
    with pytest.raises(InputError, match="batch_size: expected 2 or more for a model with batch"):
        experiment.start(settings, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("batch_size", [431, 432, 1293])
def test_the_schedule_is_as_long_as_the_training(tmp_path, batch_size):
    """1,294 images: three batches of 431 leave one over."""
    settings = ["model.norm=batch", f"batch_size={batch_size}", "epochs=2", "schedule.name=cosine"]
    prepared = experiment.prepare(resolve(assignments(settings)))
    outcome = experiment.begin(prepared, Run.create(tmp_path / "run"))
    assert outcome.metrics["steps"] == 2 * prepared.batches
    assert prepared.optimizer.schedule.steps == outcome.metrics["steps"]
