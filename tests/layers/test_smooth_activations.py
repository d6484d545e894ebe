from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule import kernels
from chainrule.errors import InputError
from chainrule.layers import ELU, GELU, SELU, Sigmoid, SiLU, Softplus, Tanh, derivative

BACKENDS = ("reference", "cpu")
E = math.e


def normal(x: float) -> tuple[float, float]:
    return 0.5 * math.erfc(-x / math.sqrt(2)), math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("layer", "x", "y", "slope"),
    [
        (Sigmoid(), math.log(3), 3 / 4, 3 / 16),
        (Tanh(), math.log(2), 3 / 5, 16 / 25),
        (ELU(), -1, 1 / E - 1, 1 / E),
        (ELU(2.0), 0, 0, 2),
        (ELU(2.0), 3, 3, 1),
        (SELU(), 1, 1.0507009873554805, 1.0507009873554805),
        (SELU(), -50, -1.7580993408473766, 0),
        (Softplus(), 0, math.log(2), 1 / 2),
        (Softplus(beta=2.0), -math.log(3) / 2, math.log(4 / 3) / 2, 1 / 4),
        (SiLU(), math.log(3), 3 / 4 * math.log(3), 3 / 4 + 3 / 16 * math.log(3)),
        (GELU(), -1.5, -1.5 * normal(-1.5)[0], normal(-1.5)[0] - 1.5 * normal(-1.5)[1]),
        (GELU("tanh"), 0, 0, 1 / 2),
        (GELU("tanh"), 1, 0.8411919906082768, 1.0829640838457826),
    ],
    ids=lambda value: repr(value) if not isinstance(value, float) else "",
)
def test_by_hand(layer, x, y, slope, backend):
    x = np.array([x], np.float32)
    with kernels.use(backend):
        np.testing.assert_allclose(layer(x), [y], rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(derivative(layer, x), [slope], rtol=2e-6, atol=2e-7)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layer", [Sigmoid(), Tanh(), ELU(), SELU(), Softplus(), SiLU(), GELU()])
def test_large_numbers_neither_overflow_nor_warn(layer, dtype, backend):
    """And the two ends have the limits that they should: 0 or 1 for every derivative but one."""
    x = np.array([-1000, 1000], dtype)
    with kernels.use(backend):
        y, dy = layer(x), derivative(layer, x)
    assert np.isfinite(y).all()
    low = {Tanh: -1, ELU: -1, SELU: -1.7580993408473766}.get(type(layer), 0)
    high = {Sigmoid: 1, Tanh: 1, SELU: 1050.7009873554805}.get(type(layer), 1000)
    np.testing.assert_allclose(y, [low, high], rtol=1e-6, atol=1e-12)
    saturated = isinstance(layer, (Sigmoid, Tanh))
    rise = 1.0507009873554805 if isinstance(layer, SELU) else float(not saturated)
    np.testing.assert_allclose(dy, [0, rise], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("layer", [Softplus(), Sigmoid(), GELU(), Tanh(), ELU()], ids=repr)
def test_small_results_keep_their_digits(layer, backend):
    """Where 1 + tiny is 1, the naive formulas answer 0."""
    small = isinstance(layer, (Tanh, ELU))
    x = np.array([-1e-5, -3e-4] if small else [-8, -5], np.float32)
    exact = layer(x.astype(np.float64))
    with kernels.use(backend):
        np.testing.assert_allclose(layer(x), exact, rtol=4e-6)


def test_forms_of_gelu_differ_by_less_than_they_say():
    x = np.linspace(-8, 8, 4001)
    assert 1e-4 < np.abs(GELU()(x) - GELU("tanh")(x)).max() < 5e-4


def test_selu_keeps_mean_and_variance(rng):
    y = SELU()(rng.standard_normal(1_000_000))
    assert y.mean() == pytest.approx(0, abs=5e-3)
    assert y.var() == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (lambda: ELU(-1), "alpha: expected 0 or more, received -1"),
        (lambda: Softplus(0), "beta: expected a positive finite number, received 0"),
        (lambda: GELU("fast"), "approximate: expected 'none' or 'tanh', received 'fast'"),
    ],
)
def test_impossible_options_are_named(build, problem):
    with pytest.raises(InputError, match=problem):
        build()
