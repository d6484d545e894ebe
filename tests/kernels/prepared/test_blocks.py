from __future__ import annotations

from functools import cache

import numpy as np
import pytest

pytest.importorskip("numba")
import numba

from chainrule.kernels.cpu.prepared import blocks

SHAPES = {"own": None, "FMA": (4, 4, True), "plain": (4, 2, False)}


@cache
def compiled(shape, rows, vectors):
    """A block of this CPU's own form, or of another's."""
    kept = blocks.LANES, blocks.VECTORS, blocks.FUSED, blocks.COLUMNS
    if shape is not None:
        blocks.LANES, blocks.VECTORS, blocks.FUSED = shape
        blocks.COLUMNS = blocks.LANES * blocks.VECTORS
    try:
        multiply = blocks.block(rows, vectors)

        @numba.njit(error_model="numpy")
        def run(a, places, b, t, more):
            multiply(
                a.ctypes.data, places.ctypes.data, b.ctypes.data, t.ctypes.data,
                4 * t.shape[1], len(b), more, b.ctypes.data,
            )  # fmt: skip

        run(*arguments(shape or kept[:3], rows, vectors), 0)
    finally:
        blocks.LANES, blocks.VECTORS, blocks.FUSED, blocks.COLUMNS = kept
    return run


def arguments(shape, rows, vectors):
    rng = np.random.default_rng(rows)
    a = rng.standard_normal(200).astype(np.float32)
    b = rng.standard_normal((21, shape[0] * vectors)).astype(np.float32)
    t = rng.standard_normal((rows, shape[0] * vectors + 3)).astype(np.float32)
    return a, 4 * rng.integers(0, 170, rows), b, t


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("rows", [1, 4, 6])
def test_rows_that_lie_anywhere_are_multiplied(name, rows):
    shape = SHAPES[name] or (blocks.LANES, blocks.VECTORS, blocks.FUSED)
    vectors = shape[1]
    run = compiled(SHAPES[name], rows, vectors)
    a, places, b, t = arguments(shape, rows, vectors)
    before = t.copy()
    left = np.stack([a[p // 4 : p // 4 + len(b)] for p in places]).astype(np.float64)
    expected = left @ b
    run(a, places, b, t, 0)
    np.testing.assert_allclose(t[:, :-3], expected, atol=1e-5)
    np.testing.assert_array_equal(t[:, -3:], before[:, -3:])
    run(a, places, b, t, 1)
    np.testing.assert_allclose(t[:, :-3], 2 * expected, atol=1e-5)


@numba.njit(error_model="numpy")
def finished(t, bias, other, y, n, low, high):
    there = other.ctypes.data if other.size else 0
    blocks.finish(t.ctypes.data, bias.ctypes.data, there, y.ctypes.data, n, low, high)


@pytest.mark.parametrize("n", [1, 3, 16, 17, 40, 64])
@pytest.mark.parametrize("summed", [False, True])
def test_a_row_ends_with_bias_sum_and_bounds(n, summed):
    t, bias, other = np.random.default_rng(n).standard_normal((3, 64)).astype(np.float32)
    t[0] = np.nan
    y = np.full(66, 7, np.float32)
    low, high = np.float32(0), np.float32(0.5)
    finished(t, bias, other if summed else other[:0], y, n, low, high)
    z = t + bias + (other if summed else 0)
    np.testing.assert_array_equal(y[:n], np.clip(z, low, high)[:n])
    assert np.isnan(y[0]) and (y[n:] == 7).all()
    finished(t, bias, other[:0], y, n, np.float32(-np.inf), np.float32(np.inf))
    np.testing.assert_array_equal(y[:n], (t + bias)[:n])
