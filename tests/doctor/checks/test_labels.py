from __future__ import annotations

import numpy as np

from chainrule.data.dataset import Dataset

from ..cases import TRAIN, accused, found, mlp


def without(k: int, keep: int = 0) -> Dataset:
    """The digits with only so many images of class k."""
    of_class = np.flatnonzero(TRAIN.labels == k)
    return TRAIN.take(np.setdiff1d(np.arange(len(TRAIN)), of_class[keep:]))


def test_a_class_that_is_only_in_the_test_set():
    check = found("labels", mlp(), without(3))
    assert accused(check) and "'3'" in check.shown and check.number == 0


def test_a_tiny_class_is_a_warning():
    check = found("labels", mlp(), without(3, keep=2))
    assert check.verdict == "warning" and check.number == 2


def test_one_class():
    one = Dataset(TRAIN.images[:9], np.zeros(9, np.int64), ("only",))
    assert accused(found("labels", mlp(), one, test=None))
