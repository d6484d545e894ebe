"""What the two ways to normalise have in common, and rows on all threads."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels

from .cases import normal

REFERENCE = kernels.REFERENCE


@pytest.mark.parametrize("shape", [(3, 5, 2, 4), (1, 7, 3, 1), (4, 1, 1, 6)], ids=str)
def test_normalising_is_measuring_then_standardising(shape, rng):
    """And its backward is the two backwards: dx through the formula, plus dx through μ and σ²."""
    x, dy = rng.standard_normal((2, *shape))
    gamma, beta = rng.standard_normal((2, *shape[2:]))
    y, *statistics = REFERENCE.normalize(x, gamma, beta, 1e-3)
    mean, var = REFERENCE.moments(x)
    np.testing.assert_allclose((mean, var), statistics)
    np.testing.assert_allclose(REFERENCE.standardize(x, gamma, beta, mean, var, 1e-3), y)

    dx, dgamma, dbeta = REFERENCE.normalize_backward(dy, x, gamma, mean, var, 1e-3)
    direct, *sums, dmean, dvar = REFERENCE.standardize_backward(dy, x, gamma, mean, var, 1e-3)
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
