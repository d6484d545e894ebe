from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import models
from chainrule.cost import count_parameters, flops
from chainrule.errors import InputError
from chainrule.gradient_check import check_layer
from chainrule.layers import Conv2d, Parallel
from chainrule.layers.base import walk
from chainrule.layers.shapes import infer_shape
from chainrule.models.squeezenet import _fire


def test_size():
    model = models.squeezenet1_1()
    assert count_parameters(model) == 1_235_496
    assert flops(model, (224, 224, 3)) == pytest.approx(2 * 0.353e9, rel=3e-3)
    assert sum(isinstance(layer, Parallel) for layer in walk(model)) == 8


def test_the_last_window_of_a_pooling_may_stick_out():
    layers = models.squeezenet1_1().layers
    assert infer_shape(cr.layers.Sequential(*layers[:4]), (224, 224, 3)) == (55, 55, 64)
    assert infer_shape(cr.layers.Sequential(*layers[:7]), (224, 224, 3)) == (27, 27, 128)
    assert infer_shape(cr.layers.Sequential(*layers[:7]), (227, 227, 3)) == (28, 28, 128)


def test_the_smallest_image():
    model = models.squeezenet1_1((17, 18, 1), 3).init(0)
    assert model(np.zeros((1, 17, 18, 1), np.uint8)).shape == (1, 3)
    with pytest.raises(InputError, match="17x17 pixels or more, received 16x30"):
        models.squeezenet1_1((16, 30, 3), 3)


def test_the_head_is_a_convolution_and_the_model_is_saved(tmp_path):
    model = models.squeezenet1_1((20, 20, 3), 4, dropout=0.0).init(2)
    assert isinstance(model.layers[-3], Conv2d)
    model.save(tmp_path / "m.safetensors")
    images = np.full((1, 20, 20, 3), 130, np.uint8)
    np.testing.assert_array_equal(cr.load(tmp_path / "m.safetensors")(images), model(images))


def test_gradients_of_a_fire_module(rng):
    assert check_layer(_fire(3, 2, 4).init(1), rng.standard_normal((2, 4, 3, 3)), samples=8).ok
