"""The naive loops, the array code and the compiled loops agree, also on ties and on NaN."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import kernels

from .. import naive

REFERENCE, FASTEST = kernels.REFERENCE, kernels.fastest()
both = pytest.mark.parametrize("backend", [REFERENCE, FASTEST], ids=["reference", "cpu"])
NONE = ((0, 0), (0, 0))


@given(
    size=st.tuples(st.integers(3, 6), st.integers(3, 6)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    levels=st.integers(1, 5),
    seed=st.integers(0, 2**32),
)
def test_max_pool_three_faces(size, kernel, stride, levels, seed):
    """Few levels make many ties."""
    rng = np.random.default_rng(seed)
    padding = tuple((k // 2, int(rng.integers(k))) for k in kernel)
    x = rng.integers(levels, size=(2, *size, 3)).astype(np.float32)
    shape = REFERENCE.max_pool(x, kernel, stride, padding)[0].shape
    dy = rng.integers(-9, 10, shape).astype(np.float32)  # whole numbers: every sum is exact
    y_naive, dx_naive = naive.max_pool(x, dy, kernel, stride, padding)
    for backend in (REFERENCE, FASTEST):
        y, argmax = backend.max_pool(x, kernel, stride, padding)
        dx = backend.max_pool_backward(dy, argmax, size, kernel, stride, padding)
        np.testing.assert_array_equal(y, y_naive)
        np.testing.assert_array_equal(dx, dx_naive)


@both
def test_nan_is_passed_on(backend):
    nan = np.nan
    x = np.array([[1, nan, 3, 2], [5, nan, 4, -np.inf]], np.float32)[None, :, :, None]
    y, argmax = backend.max_pool(x, (2, 2), (2, 2), NONE)
    np.testing.assert_array_equal(y[0, 0, :, 0], [nan, 4])
    np.testing.assert_array_equal(argmax[0, 0, :, 0], [1, 2])  # the first NaN


@both
def test_one_byte_a_window_up_to_256_pixels(backend, rng):
    x = rng.standard_normal((1, 17, 17, 1), np.float32)
    for side, dtype in ((16, np.uint8), (17, np.uint32)):
        y, argmax = backend.max_pool(x, (side, side), (1, 1), NONE)
        assert argmax.dtype == dtype
        assert y[0, 0, 0, 0] == x[0, :side, :side].max()
        r, s = divmod(int(argmax[0, 0, 0, 0]), side)
        assert x[0, r, s, 0] == y[0, 0, 0, 0]


@both
def test_average_does_not_spread_nan_beyond_its_window(backend):
    x = np.array([[np.nan, 1, 2, 4]], np.float32)[:, :, None, None].swapaxes(1, 2)
    y = backend.average_pool(x, [(0, 1, 1)], [(0, 2, 2), (2, 4, 2)])
    np.testing.assert_array_equal(y.ravel(), [np.nan, 3])


@both
def test_average_by_hand(backend):
    x = np.arange(1, 7, dtype=np.float32).reshape(1, 2, 3, 1)  # 1 2 3 / 4 5 6
    rows, columns = [(0, 2, 2)], [(0, 2, 2), (1, 3, 2)]
    y = backend.average_pool(x, rows, columns)
    np.testing.assert_array_equal(y.ravel(), [3, 4])
    dy = np.array([4, 8], np.float32).reshape(1, 1, 2, 1)
    dx = backend.average_pool_backward(dy, rows, columns, (2, 3))
    np.testing.assert_array_equal(dx[0, :, :, 0], [[1, 3, 2], [1, 3, 2]])
