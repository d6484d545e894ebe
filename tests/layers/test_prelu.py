from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.errors import InputError
from chainrule.layers import PReLU, named_parameters


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_by_hand(backend):
    layer = PReLU(2).init(0)
    layer.slope.value = np.array([0.5, 2.0], np.float32)
    x = np.array([[-1, -1], [0, 3], [4, -2]], np.float32)
    dy = np.array([[1, 10], [5, 1], [1, 1]], np.float32)
    with kernels.use(backend):
        y, cache = layer.forward(x)
        dx = layer.backward(dy, cache)
    np.testing.assert_array_equal(y, [[-0.5, -2], [0, 3], [4, -4]])
    np.testing.assert_array_equal(dx, [[0.5, 20], [2.5, 1], [1, 2]])  # at 0 the slope itself
    np.testing.assert_array_equal(layer.slope.grad, [-1, -10 - 2])


def test_starts_at_a_quarter_and_does_not_decay():
    ((_, slope),) = named_parameters(PReLU(3).init(5))
    np.testing.assert_array_equal(slope.value, [0.25] * 3)
    assert not slope.decay


def test_one_slope_serves_any_shape(rng):
    x = rng.standard_normal((3, 4, 5), np.float32)
    layer = PReLU(init=0.1).init(0)
    np.testing.assert_allclose(layer(x), np.where(x > 0, x, 0.1 * x), rtol=1e-6)
    y, cache = layer.forward(x)
    layer.backward(np.ones_like(y), cache)
    np.testing.assert_allclose(layer.slope.grad, [x[x <= 0].sum()], rtol=1e-5)


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (lambda: PReLU(0), "channels: expected a whole number of at least 1, received 0"),
        (lambda: PReLU(init=-1.0), "init: expected 0 or more, received -1.0"),
    ],
)
def test_impossible_options_are_named(build, problem):
    with pytest.raises(InputError, match=problem):
        build()
