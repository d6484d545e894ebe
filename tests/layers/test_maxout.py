from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.errors import InputError
from chainrule.layers import Maxout


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_by_hand(backend):
    """|x| and max(x, 0) are maxima of two lines: x and -x, x and 0."""
    layer = Maxout(1, 2, pieces=2).init(0)
    layer.weight.value = np.array([[1, 1, -1, 0]], np.float32)  # piece 0: x, x; piece 1: -x, 0
    with kernels.use(backend):
        y, cache = layer.forward(np.array([[-3], [2]], np.float32))
        dx = layer.backward(np.array([[1, 10], [100, 1000]], np.float32), cache)
    np.testing.assert_array_equal(y, [[3, 0], [2, 2]])
    np.testing.assert_array_equal(dx, [[-1], [1100]])
    np.testing.assert_array_equal(layer.weight.grad, [[200, 2000, -3, -30]])
    np.testing.assert_array_equal(layer.bias.grad, [100, 1000, 1, 10])


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_of_equal_pieces_the_first_gets_the_gradient(backend):
    layer = Maxout(1, 1, pieces=3).init(0)
    layer.weight.value = np.array([[-1, 0, 0]], np.float32)
    with kernels.use(backend):
        _, cache = layer.forward(np.array([[2]], np.float32))
        layer.backward(np.array([[1]], np.float32), cache)
    np.testing.assert_array_equal(layer.bias.grad, [0, 1, 0])


def test_without_options_there_are_two_pieces():
    assert Maxout(5, 3).init(0).weight.shape == (5, 2 * 3)


def test_the_fan_of_a_unit_is_its_inputs_alone():
    """He's variance 2 / fan_in: more pieces are more units, not more inputs."""
    weight = Maxout(200, 50, pieces=8).init(0).weight.value
    assert weight.var() == pytest.approx(2 / 200, rel=0.03)


@pytest.mark.parametrize("name", ["in_features", "out_features", "pieces"])
@pytest.mark.parametrize("number", [0, 1.5])
def test_sizes_that_cannot_be(name, number):
    sizes = {"in_features": 3, "out_features": 2, "pieces": 2} | {name: number}
    with pytest.raises(InputError, match=f"{name}: expected a whole number of at least 1"):
        Maxout(**sizes)
