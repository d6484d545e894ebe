"""Trainings on a part of the images."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.config import assignments, resolve
from chainrule.data import Dataset
from chainrule.data.splits import subset
from chainrule.errors import InputError
from chainrule.experiment import load_test, prepare, reopen, start


def of(*settings: str):
    return resolve(assignments([*settings, "epochs=1", "model.hidden=[4]"]))


def test_so_many_images_are_trained_on_and_tested_with():
    whole, part = prepare(of()), prepare(of("max_train_images=100", "max_test_images=50"))
    assert (len(part.train), len(part.test)) == (100, 50)
    assert len(part.validation) == len(whole.validation)
    assert np.ptp(np.bincount(part.train.labels)) <= 2  # the classes keep their proportions
    assert len(load_test(part.config).images) == 50
    other = prepare(of("max_train_images=100", "seed=1"))
    assert other.train.sha256 != part.train.sha256
    assert prepare(of("max_test_images=50", "seed=1")).test.sha256 == part.test.sha256


def test_a_limit_above_what_there_is_changes_nothing():
    whole, part = prepare(of()), prepare(of("max_train_images=99999", "max_test_images=99999"))
    assert part.train.sha256 == whole.train.sha256 and part.test.sha256 == whole.test.sha256


@pytest.mark.parametrize("name", ["max_train_images", "max_test_images"])
def test_every_class_needs_an_image(name):
    with pytest.raises(InputError, match=f"{name}: expected .* of each of 10 classes, received 9"):
        prepare(of(f"{name}=9"))
    prepare(of(f"{name}=10"))


def test_a_run_is_reopened_with_the_same_images(tmp_path):
    run = start(of("max_train_images=64"), tmp_path / "run").run
    again, before = reopen(run), prepare(of("max_train_images=64"))
    assert again.train.sha256 == before.train.sha256


def test_a_class_that_has_no_image_needs_none():
    images = Dataset(np.zeros((4, 2, 2, 1), np.uint8), np.array([0, 0, 2, 2]), ("a", "b", "c"))
    assert subset(images, 2).labels.tolist() == [0, 2]
