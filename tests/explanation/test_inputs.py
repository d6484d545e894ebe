from __future__ import annotations

import numpy as np
import pytest

from chainrule import layers, models
from chainrule.errors import InputError, ShapeError
from chainrule.explanation.inputs import spread, tiny_inputs
from chainrule.layers import Layer, Signature
from chainrule.layers.example import Example


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


def test_a_deep_model_gets_the_images_that_it_is_made_for():
    """Shapes that it refuses are refused by inference: none is computed, so it is quick."""
    (x,) = tiny_inputs(models.vgg((16, 16, 3), 10).init(0))
    assert x.shape == (2, 16, 16, 3)


class Doubled(Layer):
    """y = 2 x for images of 5 x 5 only, of which nothing is known in advance"""

    example = Example(shape=(3, 5, 5, 1), span=7.0, inputs=1)

    def forward(self, x):
        if x.shape[1:] != (5, 5, 1):
            raise ShapeError("no")
        return 2 * x, None

    def backward(self, dy, cache):
        return 2 * dy


def test_a_layer_says_itself_what_shows_it_best():
    (x,) = tiny_inputs(Doubled())
    assert x.shape == (3, 5, 5, 1) and 6.5 < np.abs(x).max() < 7.2
    assert [x.shape for x in tiny_inputs(layers.DropPath(0.5).init(0))] == [(5, 3)]
    assert tiny_inputs(layers.Conv2d(3, 2, 1).init(0))[0].shape == (1, 4, 4, 3)


def test_a_subclass_is_shown_as_its_layer_is():
    class Mine(layers.ReLU6):
        pass

    assert np.abs(tiny_inputs(Mine())[0]).max() > 6


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
