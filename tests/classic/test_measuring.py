from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.classic import KNN
from chainrule.classic.measuring import measure, some


def test_what_is_measured_is_the_score():
    train, test = cr.data.digits()
    found = measure(KNN(k=3), train, test)
    assert found.accuracy == KNN(k=3).fit(train).score(test)
    assert found.interval[0] < found.accuracy < found.interval[1]
    assert found.predicted.shape == (len(test),) and found.fit_seconds >= 0


def test_some_images_are_drawn_class_by_class():
    train, _ = cr.data.digits()
    assert some(train, None, 0, "x") is train
    assert some(train, len(train), 0, "x") is train
    few = some(train, 100, 0, "x")
    assert len(few) == 100 and np.bincount(few.labels).min() >= 9
    assert len(some(train, 1435, 0, "x")) == 1435  # more than leave one of each class
    for count in (0, -1, 1439):
        with pytest.raises(cr.InputError, match="x: expected from 1 to 1,438, the images"):
            some(train, count, 0, "x")
