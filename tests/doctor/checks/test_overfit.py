from __future__ import annotations

import numpy as np

from chainrule.data.dataset import Dataset
from chainrule.layers import Flatten, Linear, Normalize, ReLU, Sequential
from chainrule.types import Array

from ..cases import TRAIN, accused, found, mlp


class Uphill(Linear):
    """Its weight's gradient has the wrong sign."""

    def backward_parameters(self, dy: Array, x: Array) -> None:
        super().backward_parameters(-dy, x)


def test_a_model_that_climbs():
    model = Sequential(Normalize(), Flatten(), Uphill(64, 32), ReLU(), Uphill(32, 10))
    check = found("overfit", model)
    assert accused(check) and check.number < 0.9


def test_a_model_that_lets_nothing_through():
    check = found("overfit", mlp(*[32] * 10, activation="sigmoid"))
    assert accused(check)


def test_dropout_and_two_labels_for_one_image_are_no_hindrance():
    images = np.concatenate([TRAIN.images, TRAIN.images])
    twice = Dataset(images, np.concatenate([TRAIN.labels, 9 - TRAIN.labels]), TRAIN.classes)
    check = found("overfit", mlp(dropout=0.8), twice)
    assert check.verdict == "ok" and check.number == 1
