"""The nearest points are those of the definition, whatever rounds or overflows on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import kernels
from chainrule.kernels import REFERENCE
from chainrule.types import Array

pytest.importorskip("numba")
FAST = kernels.fastest()


def same(x: Array, points: Array, k: int, p: int) -> None:
    expected, got = REFERENCE.nearest(x, points, k, p), FAST.nearest(x, points, k, p)
    np.testing.assert_array_equal(got[1], expected[1])
    np.testing.assert_allclose(got[0], expected[0], rtol=1e-12)


def test_worked_by_hand():
    points = np.array([[0, 0], [3, 4], [6, 8], [3, 4]], np.float32)
    x = np.array([[3, 3]], np.float32)
    for nearest in (REFERENCE.nearest, FAST.nearest):
        d, j = nearest(x, points, 3, 1)
        assert (d.tolist(), j.tolist()) == ([[1, 1, 6]], [[1, 3, 0]])
        d, j = nearest(x, points, 4, 2)
        assert (d.tolist(), j.tolist()) == ([[1, 1, 18, 34]], [[1, 3, 0, 2]])


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@given(
    st.integers(1, 30), st.integers(1, 90), st.integers(1, 700), st.integers(1, 90), st.integers(0)
)
@settings(max_examples=25, deadline=None)
def test_few_levels_make_many_ties(dtype, p, n, m, size, k, seed):
    rng = np.random.default_rng(seed)
    x, points = (rng.integers(0, 3, (rows, size)).astype(dtype) for rows in (n, m))
    same(x, points, min(k, m), p)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(
    ("dtype", "offset", "scale"),
    [
        (np.uint8, 200, 20),
        (np.float32, 1e4, 1.0),  # of |a|² + |b|² - 2 a·b nothing would be left
        (np.float64, 1e9, 1.0),
        (np.float32, 0, 1e30),  # squares overflow float32
        (np.float32, 0, 1e-30),  # and vanish in it
        (np.float64, 0, 1e140),
        (np.float64, 0, 1e-320),
        (np.float64, 1.0, 0.0),  # all the same
    ],
)
def test_numbers_of_any_size(dtype, offset, scale, p):
    rng = np.random.default_rng(0)
    x, points = (
        np.clip(offset + scale * rng.standard_normal((rows, 40)), 0 if dtype == np.uint8 else None,
                255 if dtype == np.uint8 else None).astype(dtype)
        for rows in (9, 2500)
    )  # fmt: skip
    points[2400:] = points[:100]
    same(x, points, 6, p)


@pytest.mark.parametrize("p", [1, 2])
def test_neighbors_that_products_cannot_tell_apart(p):
    """A thousand points whose distances differ by less than float32 can say."""
    rng = np.random.default_rng(0)
    base = rng.standard_normal(64) * 1e3
    points = base + rng.standard_normal((3000, 64)) * 1e-5
    same(base[None] + 7.0, points, 10, p)
    same((base[None] + 7.0).astype(np.float32), points.astype(np.float32), 10, p)


def test_blocks_and_threads_change_nothing(monkeypatch):
    from chainrule.kernels.cpu import nearest as module

    rng = np.random.default_rng(0)
    x, points = rng.integers(0, 9, (70, 20), np.uint8), rng.integers(0, 9, (900, 20), np.uint8)
    whole = [FAST.nearest(x, points, 7, p) for p in (1, 2)]
    for name, value in (("CHUNK", 2000), ("COLUMNS", 64), ("TILE", 256), ("PART", 400)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(module.workers, "threads", lambda: 3)
    for p, (d, j) in zip((1, 2), whole, strict=True):
        again = module.nearest(x, points, 7, p)
        np.testing.assert_array_equal(again[0], d)
        np.testing.assert_array_equal(again[1], j)


def test_arguments_are_not_written_to_and_may_be_strided():
    rng = np.random.default_rng(0)
    whole = rng.standard_normal((80, 30)).astype(np.float32)
    whole.flags.writeable = False
    for p in (1, 2):
        same(whole[::2, ::3], whole[::4, ::3], 5, p)
