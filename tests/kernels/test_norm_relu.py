"""Norm and ReLU in one pass against the kernels that each pass is made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import kernels

from .norm_relu_cases import EPS

REFERENCE, FASTEST = kernels.REFERENCE, kernels.fastest()
both = pytest.mark.parametrize("backend", [REFERENCE, FASTEST], ids=["reference", "cpu"])
UNIT = (
    np.ones(1, np.float32),
    np.zeros(1, np.float32),
    np.zeros(1, np.float32),
    np.ones(1, np.float32),
)


def image(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32)[None, :, :, None]


@both
def test_winners_by_hand(backend):
    """A tie goes to the first; nothing above 0 gives place 4; the border is in no window."""
    x = image([1, 3, -1, -2, 9], [3, 2, -3, 0, 9], [9, 9, 9, 9, 9])
    y, argmax, top = backend.norm_relu_pool(x, *UNIT, 0.0)
    assert y.ravel().tolist() == [3, 0]
    assert argmax.ravel().tolist() == [1, 4]
    assert top.ravel().tolist() == [3, 0]
    assert argmax.dtype == np.uint8


@both
def test_a_nan_wins_and_lets_no_gradient_through(backend):
    x = image([1, np.nan], [np.nan, 2])
    y, argmax, _ = backend.norm_relu_pool(x, *UNIT, 0.0)
    assert np.isnan(y).all()
    assert argmax.ravel().tolist() == [4]


@given(
    size=st.tuples(st.integers(2, 7), st.integers(2, 7)),
    channels=st.integers(1, 9),
    seed=st.integers(0, 2**32),
)
def test_the_pools_sums_leave_out_only_zeros(size, channels, seed):
    """The compiled sums go over windows, those of the reference over all pixels."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2, *size, channels))
    gamma, beta = rng.standard_normal((2, channels))
    mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
    y, argmax, top = REFERENCE.norm_relu_pool(x, gamma, beta, mean, var, EPS)
    dy = rng.standard_normal(y.shape)
    back = REFERENCE.norm_relu_pool_backward(dy, argmax, top, x, gamma, mean, var, EPS)
    small = (a.astype(np.float32) for a in (dy, top, x, gamma, mean, var))
    dy32, top32, *rest = small
    mine = FASTEST.norm_relu_pool_backward(dy32, argmax, top32, *rest, EPS)
    for one, exact in zip(mine, back, strict=True):
        np.testing.assert_allclose(one, exact, rtol=2e-5, atol=2e-5)


@both
def test_one_mask_serves_both_branches(backend, rng):
    """dL/dshortcut is dy where y > 0, and the norm's gradient is taken of just that."""
    x, dy, shortcut = rng.standard_normal((3, 6, 2), np.float32)
    columns = [*rng.standard_normal((2, 2), np.float32), x.mean(0), x.var(0)]
    y = backend.norm_add_relu(x, shortcut, *columns, EPS)
    gamma, _, mean, var = columns
    dx, dshort, *sums = backend.norm_add_relu_backward(dy, y, x, gamma, mean, var, EPS)
    np.testing.assert_array_equal(dshort, np.where(y > 0, dy, 0))
    view = x.reshape(1, 6, 2, 1), gamma[:, None], mean[None], var[None], EPS
    expected, *plain = backend.normalize_backward(dshort.reshape(1, 6, 2, 1), *view)
    np.testing.assert_array_equal(dx, expected.reshape(6, 2))
    np.testing.assert_array_equal(sums, [a[:, 0] for a in plain])
