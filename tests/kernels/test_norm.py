"""What the two ways to normalize have in common, and rows on all threads."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels

from .cases import normal

REFERENCE = kernels.REFERENCE


@pytest.mark.parametrize("shape", [(3, 5, 2, 4), (1, 7, 3, 1), (4, 1, 1, 6)], ids=str)
def test_normalizing_is_measuring_then_standardizing(shape, rng):
    """And its backward is the two backwards: dx through the formula, plus dx through μ and σ²."""
    x, dy = rng.standard_normal((2, *shape))
    gamma, beta = rng.standard_normal((2, *shape[2:]))
    y, *statistics = REFERENCE.normalize(x, gamma, beta, 1e-3)
    mean, var = REFERENCE.moments(x)
    np.testing.assert_allclose((mean, var), statistics)
    np.testing.assert_allclose(REFERENCE.normalize_with(x, gamma, beta, mean, var, 1e-3), y)

    dx, dgamma, dbeta = REFERENCE.normalize_backward(dy, x, gamma, mean, var, 1e-3)
    direct, *sums, dmean, dvar = REFERENCE.normalize_with_backward(dy, x, gamma, mean, var, 1e-3)
    np.testing.assert_allclose(direct + REFERENCE.moments_backward(dmean, dvar, x, mean), dx)
    np.testing.assert_allclose(sums, (dgamma, dbeta))


@pytest.mark.parametrize("shape", [(1300, 1, 2, 150), (5, 1, 1, 70_000)], ids=str)
def test_rows_on_all_threads(shape, rng):
    x, dy = normal(rng, shape) * 3 + 1, normal(rng, shape)
    gamma, beta = normal(rng, shape[2:]), normal(rng, shape[2:])
    cpu = kernels.fastest()
    y, mean, var = cpu.normalize(x, gamma, beta, 1e-5)
    exact = REFERENCE.normalize(*(a.astype(np.float64) for a in (x, gamma, beta)), 1e-5)
    for mine, truth in zip((y, mean, var), exact, strict=True):
        np.testing.assert_allclose(mine, truth, rtol=2e-6, atol=1e-5)
    back = cpu.normalize_backward(dy, x, gamma, mean, var, 1e-5)
    wide = (a.astype(np.float64) for a in (dy, x, gamma, mean, var))
    for mine, truth in zip(back, REFERENCE.normalize_backward(*wide, 1e-5), strict=True):
        np.testing.assert_allclose(mine, truth, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("rows", [1, 7, 255, 256, 257, 3000])
@pytest.mark.parametrize(("mean", "std"), [(0, 1), (1e4, 1), (-1e6, 30), (1e-6, 1e-9)])
def test_moments_of_one_pass_are_as_good_as_those_of_two(rows, mean, std, rng):
    """The squares are taken about values near them, so a large mean takes no digits away."""
    x = (mean + std * rng.standard_normal((1, rows, 5, 1))).astype(np.float32)
    exact = x.astype(np.float64)
    got_mean, got_var = kernels.fastest().moments(x)
    np.testing.assert_allclose(got_mean, exact.mean((1, 3)), rtol=2e-7, atol=5e-7 * std)
    np.testing.assert_allclose(got_var, exact.var((1, 3)), rtol=1e-5, atol=1e-12 * std**2)


def test_an_outlier_among_the_first_rows_costs_only_a_few_digits(rng):
    x = rng.standard_normal((1, 1000, 3, 1), np.float32)
    x[0, [0, 256, 513]] = 1e6
    var = kernels.fastest().moments(x)[1]
    np.testing.assert_allclose(var, x.astype(np.float64).var((1, 3)), rtol=1e-5)


def test_moments_of_equal_numbers():
    x = np.full((2, 300, 2, 3), 0.1, np.float32)
    mean, var = kernels.fastest().moments(x)
    np.testing.assert_array_equal(mean, np.float32(0.1))
    np.testing.assert_array_equal(var, 0)
