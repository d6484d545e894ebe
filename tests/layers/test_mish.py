from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule import kernels, models
from chainrule.layers import ACTIVATIONS, Mish, derivative
from chainrule.layers.base import walk

BACKENDS = ("reference", "cpu")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("x", "y", "slope"),
    [
        # exp(x) = 2: t = tanh(log 3) = (9 - 1) / (9 + 1) = 4/5 and σ = 2/3
        (math.log(2), 4 / 5 * math.log(2), 4 / 5 + math.log(2) * 9 / 25 * 2 / 3),
        # exp(x) = 1: t = tanh(log 2) = 3/5
        (0.0, 0.0, 3 / 5),
        # exp(x) = 1/2: t = tanh(log 3/2) = (9/4 - 1) / (9/4 + 1) = 5/13 and σ = 1/3
        (-math.log(2), -5 / 13 * math.log(2), 5 / 13 - math.log(2) * 144 / 169 / 3),
    ],
)
def test_by_hand(x, y, slope, backend):
    at = np.array([x], np.float32)
    with kernels.use(backend):
        np.testing.assert_allclose(Mish()(at), [y], rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(derivative(Mish(), at), [slope], rtol=2e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_ends_are_those_of_a_gate(dtype, backend):
    """0 to the left and x to the right, at infinity too, and nothing overflows on the way."""
    greatest = np.finfo(dtype).max
    x = np.array([-np.inf, -greatest, -1000, 1000, greatest, np.inf], dtype)
    with kernels.use(backend), np.errstate(over="raise", invalid="raise", divide="raise"):
        y, slope = Mish()(x), derivative(Mish(), x)
    np.testing.assert_array_equal(y, [0, 0, 0, 1000, greatest, np.inf])
    np.testing.assert_array_equal(slope, [0, 0, 0, 1, 1, 1])


@pytest.mark.parametrize("backend", BACKENDS)
def test_nan_is_passed_on(backend):
    x = np.array([np.nan], np.float32)
    with kernels.use(backend):
        assert np.isnan(Mish()(x)).all()
        assert np.isnan(derivative(Mish(), x)).all()


def test_settings_name_it():
    assert ACTIVATIONS["mish"] is Mish
    net = models.mlp(4, (3,), 2, activation="mish")
    assert any(isinstance(layer, Mish) for layer in walk(net))
