"""Sums in double precision, against float64 and at the ends of each dtype."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.layers import Parameter
from chainrule.penalties import L1, L2
from chainrule.sums import mean, norm, sum_of_squares, total, wide
from chainrule.training import ClipGlobalNorm


@pytest.mark.parametrize("kind", ["equal", "uniform", "normal"])
@pytest.mark.parametrize("size", [1000, 1 << 20, 1 << 22])
def test_norms_of_gradients_and_penalties(kind, size, rng):
    x = {
        "equal": np.full(size, 0.1, np.float32),
        "uniform": rng.random(size, np.float32),
        "normal": rng.standard_normal(size, np.float32),
    }[kind]
    wide = x.astype(np.float64)
    truth = float(np.sqrt((wide**2).sum()))
    assert norm(x) == pytest.approx(truth, rel=1e-12)
    assert norm(x.reshape(2, -1).T) == pytest.approx(truth, rel=1e-12)
    parameter = Parameter((size,), lambda rng, shape: np.zeros(shape))
    parameter.value = x
    assert L2(1.0)([("w", parameter)]) == pytest.approx(truth**2 / 2, rel=1e-12)
    assert L1(1.0)([("w", parameter)]) == pytest.approx(np.abs(wide).sum(), rel=1e-12)
    parameter.grad = x
    clip = ClipGlobalNorm(1.0)
    assert clip.clip([("w", parameter)]) == (truth > 1)
    assert clip.norm == pytest.approx(truth, rel=1e-12)
    assert norm(parameter.grad) == pytest.approx(min(1, truth), rel=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_norms_at_the_ends(dtype):
    most, least = np.finfo(dtype).max, np.finfo(dtype).tiny
    assert norm(np.full(4, most / 4, dtype)) == pytest.approx(float(most) / 2)
    assert norm(np.full(4, least, dtype)) == pytest.approx(2 * float(least))
    assert norm(np.zeros(3, dtype)) == norm(np.zeros(0, dtype)) == 0
    assert norm(np.array([1, np.inf], dtype)) == np.inf
    assert np.isnan(norm(np.array([1, np.nan], dtype)))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_totals_and_means_keep_the_dtype(dtype):
    x = np.full((1 << 13, 3, 2), 0.1, dtype)
    each = float(x[0, 0, 0])
    rtol = 4 * float(np.finfo(dtype).eps) + 1e-12
    for result, truth in ((total(x, 0), each * len(x)), (mean(x, (0, 2), keepdims=True), each)):
        assert result.dtype == dtype
        np.testing.assert_allclose(result.astype(np.float64), truth, rtol=rtol)
    assert mean(x, (0, 2), keepdims=True).shape == (1, 3, 1)
    assert wide(dtype).itemsize >= 8
    assert sum_of_squares(x[:0]) == 0
