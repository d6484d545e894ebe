from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError, ShapeError
from chainrule.initializers import Normal
from chainrule.layers import Flatten, Linear, named_parameters


def test_linear_by_hand():
    layer = Linear(2, 2).init()
    layer.weight.value = np.array([[1, 2], [3, 4]], np.float32)
    layer.bias.value = np.array([10, 20], np.float32)
    y, cache = layer.forward(np.array([[1, 1], [0, 2]], np.float32))
    np.testing.assert_array_equal(y, [[14, 26], [16, 28]])
    dx = layer.backward(np.array([[1, 0], [0, 1]], np.float32), cache)
    np.testing.assert_array_equal(dx, [[1, 3], [2, 4]])  # dy Wᵀ
    np.testing.assert_array_equal(layer.weight.grad, [[1, 0], [1, 2]])  # xᵀ dy
    np.testing.assert_array_equal(layer.bias.grad, [1, 1])


def test_only_the_weight_decays():
    assert {path: p.decay for path, p in named_parameters(Linear(2, 3))} == {
        "weight": True,
        "bias": False,
    }


def test_bias_starts_at_zero_and_weight_follows_its_initializer():
    layer = Linear(200, 100, init=Normal(0.5)).init(1)
    assert not layer.bias.value.any()
    assert layer.weight.value.std() == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (2.0, 3), (3, True)])
def test_sizes_that_cannot_be(sizes):
    with pytest.raises(InputError, match="_features: expected a whole number of at least 1"):
        Linear(*sizes)


def test_pixels_are_refused_with_the_way_out():
    with pytest.raises(ShapeError, match=r"received uint8; start a model with Normalize\(\)"):
        Linear(4, 2).init()(np.zeros((3, 4), np.uint8))


def test_flatten_keeps_the_order_and_copies_nothing():
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    y, shape = Flatten().forward(x)
    np.testing.assert_array_equal(y, x.reshape(2, 12))
    assert np.shares_memory(x, y)
    np.testing.assert_array_equal(Flatten().backward(y, shape), x)


def test_without_bias_there_is_none(rng):
    layer = Linear(3, 2, bias=False).init(0)
    x = rng.standard_normal((4, 3), np.float32)
    assert layer.bias is None
    assert repr(layer) == "Linear(3, 2, bias=False)"
    np.testing.assert_allclose(layer(x), x @ layer.weight.value, rtol=1e-5)
