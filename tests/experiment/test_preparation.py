from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chainrule.config import assignments, resolve
from chainrule.errors import InputError
from chainrule.experiment import Outcome, prepare, reopen


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
