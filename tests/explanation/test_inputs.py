from __future__ import annotations

import numpy as np
import pytest

from chainrule import layers, models
from chainrule.errors import InputError
from chainrule.explanation.inputs import spread, tiny_inputs
from chainrule.layers import Layer, Signature


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (layers.ReLU(), (2, 4)),
        (layers.Linear(5, 2), (3, 5)),
        (layers.BatchNorm(3), (3, 3)),
        (layers.Flatten(), (2, 2, 2, 2)),
        (layers.Sequential(layers.Flatten(), layers.Linear(12, 3)), (3, 12)),
        (layers.Sequential(layers.Normalize(3), layers.Flatten(), layers.Linear(36, 2)), None),
        (models.mlp(784, (5,), 3), (3, 784)),
    ],
)
def test_a_shape_is_found_that_the_layer_takes(layer, shape):
    (x,) = tiny_inputs(layer.init(0))
    assert shape is None or x.shape == shape
    assert np.isfinite(layer(x)).all()


def test_a_loaded_model_gets_its_own_images():
    model = layers.Sequential(layers.ReLU())
    model.signature = Signature((6, 5, 3), ("a", "b"))
    assert tiny_inputs(model)[0].shape == (2, 6, 5, 3)


def test_the_dtype_is_that_of_the_parameters():
    assert tiny_inputs(layers.Linear(3, 2).init(0).astype(np.float64))[0].dtype == np.float64


def test_merging_layers_get_two_inputs_that_differ():
    one, two = tiny_inputs(layers.Multiply())
    assert one.shape == two.shape and (one != two).any()


@pytest.mark.parametrize("n", [1, 2, 3, 8, 49])
def test_numbers_are_distinct_and_not_zero(n):
    x = spread((n,), 2.5, "any")
    assert len(set(x.tolist())) == n and (x != 0).all() and np.abs(x).max() < 2.6
    np.testing.assert_array_equal(x, spread((n,), 2.5, "any"))


class Picky(Layer):
    def forward(self, x):
        raise InputError("no")

    def backward(self, dy, cache):
        return dy


def test_a_layer_that_takes_nothing_asks_for_x():
    with pytest.raises(InputError, match="no small input was found that Picky takes: give x"):
        tiny_inputs(Picky())
