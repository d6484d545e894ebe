from __future__ import annotations

import numpy as np

from chainrule.data.dataset import Dataset
from chainrule.doctor import examine
from chainrule.doctor.checks import shuffled_labels

from ..cases import TEST, TRAIN, accused, found, mlp

rng = np.random.default_rng(0)


def test_labels_that_were_shuffled():
    mixed = Dataset(TRAIN.images, rng.permutation(TRAIN.labels), TRAIN.classes)
    check = found("shuffled labels", mlp(), mixed)
    assert accused(check) and "nothing to do with" in check.cause


def test_labels_that_were_shuffled_and_no_test_images():
    mixed = Dataset(TRAIN.images, rng.permutation(TRAIN.labels), TRAIN.classes)
    assert accused(found("shuffled labels", mlp(), mixed, test=None))


def test_test_images_that_are_known_by_heart():
    images = np.concatenate([TRAIN.images, TEST.images])
    leaked = Dataset(images, np.concatenate([TRAIN.labels, TEST.labels]), TRAIN.classes)
    only = ["overlap", "shuffled labels"]
    check = examine(mlp(64), leaked, TEST, only=only)["shuffled labels"]
    assert accused(check) and "held back are in the training set" in check.cause


def test_true_labels_tell_and_shuffled_ones_do_not():
    for test in (TEST, None):
        check = found("shuffled labels", mlp(), test=test)
        assert check.verdict == "ok" and check.number < 0.2


def test_few_images_cannot_tell():
    few = TRAIN.take(np.arange(60))
    assert found("shuffled labels", mlp(), few, test=None).verdict == "skipped"


def test_a_short_training_with_shuffled_labels_accuses_nobody(monkeypatch):
    monkeypatch.setattr(shuffled_labels, "STEPS", shuffled_labels.ENOUGH)
    mixed = Dataset(TRAIN.images, rng.permutation(TRAIN.labels), TRAIN.classes)
    check = found("shuffled labels", mlp(), mixed)
    assert check.verdict == "skipped" and "15 steps in 4 s say nothing" in check.cause
