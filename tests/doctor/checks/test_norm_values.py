from __future__ import annotations

import numpy as np
import pytest

from chainrule.doctor import examine
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    InstanceNorm,
    Linear,
    MaxPool2d,
    Normalize,
    Sequential,
)

from ..cases import TEST, TRAIN, accused, found, mlp

NAME = "norm values"


def pooled(norm, times: int) -> Sequential:
    halves = [MaxPool2d(2) for _ in range(times)]
    head = [GlobalAvgPool2d(), Linear(4, 10)]
    return Sequential(Normalize(), Conv2d(1, 4, 3, padding=1), *halves, norm, *head)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (mlp(norm="batch"), {"batch_size": 1}),
        (mlp(norm="batch"), {"batch_size": 8, "accumulate": 8}),
        (pooled(BatchNorm(4), 3), {"batch_size": 1}),
        (pooled(InstanceNorm(4), 3), {"batch_size": 64}),
    ],
)
def test_one_value_at_a_time_is_told_from_a_wrong_learning_rate(model, options):
    check = found(NAME, model, **options)
    assert accused(check) and "norm" in check.cause
    some = ["outputs", NAME, "first loss", "overfit", "update ratio", "learning rate"]
    examination = examine(model, TRAIN, TEST, only=some, **options)
    assert [each.name for each in examination.failed] == [NAME]
    assert examination["learning rate"].verdict == "skipped"
    assert "norm values fails" in examination["learning rate"].cause


def test_asked_alone_the_learning_rate_is_not_blamed():
    check = found("learning rate", mlp(norm="batch"), batch_size=1)
    assert check.verdict == "skipped" and "batch norm" in check.cause


@pytest.mark.parametrize(
    ("model", "options", "number", "verdict"),
    [
        (mlp(norm="batch"), {"batch_size": 2}, 2, "warning"),
        (mlp(norm="batch"), {"batch_size": 7}, 7, "warning"),
        (mlp(norm="batch"), {"batch_size": 32, "accumulate": 8}, 4, "warning"),
        (mlp(norm="batch"), {"batch_size": 8}, 8, "ok"),
        (pooled(BatchNorm(4), 1), {"batch_size": 1}, 16, "ok"),
        (pooled(BatchNorm(4), 2), {"batch_size": 1}, 4, "warning"),
        (pooled(InstanceNorm(4), 2), {"batch_size": 1}, None, "skipped"),
        (mlp(norm="layer"), {"batch_size": 1}, None, "skipped"),
        (Sequential(Normalize(), Flatten(), BatchNorm(64, frozen=True), Linear(64, 10)),
         {"batch_size": 1}, None, "skipped"),
    ],
)  # fmt: skip
def test_the_values_of_the_layer_that_sees_fewest(model, options, number, verdict):
    check = found(NAME, model, **options)
    assert (check.number, check.verdict) == (number, verdict)


@pytest.mark.parametrize("images", [1, 2, 65])
def test_any_number_of_images_is_examined(images):
    train = TRAIN.take(np.arange(images))
    examination = examine(mlp(norm="batch"), train, TEST, batch_size=64)
    assert (examination[NAME].verdict == "failed") == (images == 1)


def test_images_that_are_all_the_same_are_examined():
    train = TRAIN.take(np.zeros(40, int))
    assert examine(mlp(norm="batch"), train, TEST, only=["overfit"])["overfit"].verdict == "skipped"
