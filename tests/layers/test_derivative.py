from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.layers import ACTIVATIONS, Maxout, derivative

BACKENDS = ("reference", "cpu")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nan_stays_nan_and_touches_nothing_else(name, backend, dtype):
    """It must reach the loss, where it is noticed; and its neighbors must not change."""
    layer = ACTIVATIONS[name]().init(0).astype(dtype)
    x = np.linspace(-2, 2, 67, dtype=dtype)
    broken = x.copy()
    broken[[0, 1, 20, 33, 66]] = np.nan
    with kernels.use(backend):
        expected, y = layer(x), layer(broken)
        np.testing.assert_array_equal(np.isnan(y), np.isnan(broken))
        np.testing.assert_array_equal(y[~np.isnan(y)], expected[~np.isnan(y)])

        y, cache = layer.forward(x)
        dx = layer.backward(broken, cache)
        lost = np.isnan(broken) & ~np.isnan(dx)
        assert (derivative(layer, x)[lost] == 0).all()  # only where no gradient passes at all


@pytest.mark.parametrize("backend", BACKENDS)
def test_nan_wins_in_maxout(backend):
    layer = Maxout(2, 3, pieces=4).init(0)
    with kernels.use(backend):
        y = layer(np.array([[1, np.nan], [1, 2]], np.float32))
    assert np.isnan(y[0]).all() and np.isfinite(y[1]).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_is_that_of_the_values(name):
    """The table draws images: value and slope at many points, by central differences."""
    layer = ACTIVATIONS[name]().init(0).astype(np.float64)
    x = np.linspace(-7, 7, 1400) + 1e-3  # away from the kinks at 0, ±3 and 6
    h = 1e-5
    numeric = (layer(x + h) - layer(x - h)) / (2 * h)
    np.testing.assert_allclose(derivative(layer, x), numeric, atol=1e-9)
