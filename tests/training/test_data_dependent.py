"""Layers that measure the training images are measured once, before the first step."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.lazy import LazyImages
from chainrule.doctor.context import fitted
from chainrule.layers import Flatten, Linear, Normalize, Residual, Sequential, WhiteningConv2d
from chainrule.training import data_dependent
from chainrule.training.data_dependent import measure_images


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (30, 6, 6, 3), np.uint8)


def net() -> Sequential:
    return Sequential(Normalize(3), WhiteningConv2d(3), Flatten(), Linear(600, 2)).init(0)


def test_each_measures_what_it_is_given(images):
    model, twin = net(), net()
    measure_images(model, images)
    twin.layers[0].fit(images)
    twin.layers[1].fit(twin.layers[0](images))
    for path, array in twin.state().items():
        np.testing.assert_array_equal(model.state()[path], array)
    assert model.layers[0].fitted.value and model.layers[1].fitted.value


def test_what_was_measured_stays(images):
    model = net()
    measure_images(model, images)
    before = {path: array.copy() for path, array in model.state().items()}
    measure_images(model, images[::-1] // 2)
    for path, array in before.items():
        np.testing.assert_array_equal(model.state()[path], array)


def test_a_few_images_stand_for_all(images, monkeypatch):
    for name, limit in (("IMAGES", 3), ("VALUES", 3 * 6 * 6 * 3)):
        with monkeypatch.context() as patch:
            patch.setattr(data_dependent, name, limit)
            model, twin = net(), net()
            measure_images(model, images)
        twin.layers[0].fit(images)
        twin.layers[1].fit(twin.layers[0](images[[0, 14, 29]]))
        np.testing.assert_array_equal(model.layers[1].weight.value, twin.layers[1].weight.value)


def test_images_in_a_file(images):
    model, twin = net(), net()
    measure_images(model, images[5:])
    measure_images(twin, LazyImages(images, np.arange(5, 30)))
    np.testing.assert_array_equal(model.layers[1].weight.value, twin.layers[1].weight.value)


def test_deep_inside_and_twice(images):
    inner = WhiteningConv2d(3, 1)
    second = WhiteningConv2d(6, 1)
    model = Sequential(Normalize(3), Sequential(inner, Residual(second, second))).init(0)
    measure_images(model, images)
    assert inner.fitted.value and second.fitted.value


def test_a_trainer_measures_before_it_trains_and_leaves_the_filters(images):
    model = net()
    labels = np.arange(30) % 2
    trainer = cr.Trainer(model, "adam")
    trainer.fit(images, labels, epochs=1, batch_size=10)
    twin = net()
    measure_images(twin, images)
    np.testing.assert_array_equal(model.layers[1].weight.value, twin.layers[1].weight.value)
    assert model.layers[1].bias.value.any()  # which is trained


def test_the_doctor_measures_a_copy(images):
    model = net()
    before = copy.deepcopy(model.state())
    twin = fitted(model, cr.Dataset(images, np.arange(30) % 2), 0)
    assert twin.layers[1].fitted.value and not model.layers[1].fitted.value
    for path, array in before.items():
        np.testing.assert_array_equal(model.state()[path], array)
