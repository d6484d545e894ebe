from __future__ import annotations

from dataclasses import replace

import numpy as np

from chainrule.data.dataset import Dataset
from chainrule.doctor.checks import overlap

from ..cases import TEST, TRAIN, accused, found, mlp


def leaked(n: int) -> Dataset:
    """The digits with n test images among those to learn from."""
    images = np.concatenate([TRAIN.images, TEST.images[:n]])
    return Dataset(images, np.concatenate([TRAIN.labels, TEST.labels[:n]]), TRAIN.classes)


def test_leaked_test_images():
    check = found("overlap", mlp(), leaked(20))
    assert accused(check) and check.number == 20 / len(TEST)
    assert "20 of 359" in check.shown and "leaked" in check.cause


def test_one_of_many_is_a_warning():
    check = found("overlap", mlp(), leaked(1))
    assert check.verdict == "warning"


def test_an_image_that_is_the_same_but_for_a_pixel_is_another():
    images = TEST.images.copy()
    images[:, 0, 0] += 1
    train = Dataset(images, TEST.labels, TEST.classes)
    assert found("overlap", mlp(), train).verdict == "ok"


def test_sizes_that_differ():
    small = Dataset(TEST.images[:, :4], TEST.labels, TEST.classes)
    assert accused(found("overlap", mlp(), test=small))


def test_no_test_images_no_verdict():
    assert found("overlap", mlp(), test=None).verdict == "skipped"


def test_views_hash_as_their_images():
    flipped = TRAIN.images[:, :, ::-1]
    assert list(overlap.hashes(flipped)) == list(overlap.hashes(flipped.copy()))


def test_leaks_are_named_by_their_files():
    paths = tuple(f"test/{i}.png" for i in range(len(TEST)))
    test = replace(TEST, paths=paths)
    train = leaked(20)
    names = tuple(f"train/{i}.png" for i in range(len(train)))
    check = found("overlap", mlp(), replace(train, paths=names), test=test)
    first = f"test/0.png is train/{len(TRAIN)}.png of training"
    assert first in check.cause and check.cause.endswith("…")
    assert check.cause.count("of training") == 3
