"""Products by blocks of registers are those of matrices, whatever the sizes and strides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba")

from chainrule.kernels.cpu import conv_columns, conv_pointwise, conv_winograd, packed, products

LAYOUTS = {
    "rows": lambda x: x,
    "columns": lambda x: np.ascontiguousarray(x.T).T,
    "a part of longer rows": lambda x: np.pad(x, ((0, 0), (3, 5)))[:, 3 : 3 + x.shape[1]],
    "backwards": lambda x: np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1],
}


@given(
    m=st.integers(0, 20),
    k=st.integers(1, 300),
    n=st.integers(1, 150),
    layouts=st.tuples(*[st.sampled_from(sorted(LAYOUTS))] * 2),
    seed=st.integers(0, 2**32),
)
def test_any_size_and_layout(m, k, n, layouts, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((m, k), np.float32), rng.standard_normal((k, n), np.float32)
    a, b = (LAYOUTS[name](x)[None] for name, x in zip(layouts, (a, b), strict=True))
    exact = a.astype(np.float64) @ b.astype(np.float64)
    around = np.full((1, m + 2, n + 40), 7, np.float32)
    out = around[:, 1 : 1 + m, 20 : 20 + n]
    products.Factors(b).products(a, out)
    np.testing.assert_allclose(out, exact, rtol=1e-4, atol=1e-4)
    products.add_products(a, b, out)
    np.testing.assert_allclose(out, 2 * exact, rtol=1e-4, atol=2e-4)
    out[:] = 7
    np.testing.assert_array_equal(around, 7)  # nothing was written beside it


def test_a_part_of_the_rows_has_the_bits_of_the_whole(rng):
    """So that pieces, and the threads that take them, change nothing."""
    a, b = rng.standard_normal((1, 40, 300), np.float32), rng.standard_normal((1, 300, 70))
    factors = products.Factors(b.astype(np.float32))
    whole, part = np.empty((1, 40, 70), np.float32), np.empty((1, 19, 70), np.float32)
    factors.products(a, whole)
    factors.products(a[:, 14:33], part)
    if packed.available:
        np.testing.assert_array_equal(part, whole[:, 14:33])
    np.testing.assert_allclose(part, whole[:, 14:33], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_stays(value):
    a, b = np.ones((1, 9, 5), np.float32), np.ones((1, 5, 66), np.float32)
    a[0, 7, 2] = value
    out = np.empty((1, 9, 66), np.float32)
    products.Factors(b).products(a, out)
    expected = np.full((9, 66), 5.0)
    expected[7] = value
    np.testing.assert_array_equal(out[0], expected)


CASES = [
    (conv_winograd, 3, 1, 12, 20),
    (conv_winograd, 3, 1, 32, 16),
    (conv_columns, 3, 2, 3, 16),
    (conv_columns, 5, 1, 2, 10),
    (conv_pointwise, 1, 1, 16, 32),
]


@pytest.mark.parametrize(("algorithm", "kernel", "stride", "channels", "outputs"), CASES)
def test_a_cpu_without_blocks_has_the_same_convolutions(
    monkeypatch, rng, algorithm, kernel, stride, channels, outputs
):
    side = kernel // 2
    options = (stride, stride), ((side, side), (side, side)), (1, 1), 1
    x = rng.standard_normal((5, 12, 12, channels), np.float32)
    w = rng.standard_normal((kernel, kernel, channels, outputs), np.float32)

    def passes():
        y = algorithm.conv2d(x, w, *options)
        return (
            y,
            algorithm.conv2d_backward_input(y, w, (12, 12), *options),
            algorithm.conv2d_backward_weight(y, x, (kernel, kernel), *options),
        )

    here = passes()
    monkeypatch.setattr(packed, "available", False)
    for mine, theirs in zip(here, passes(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-4 * np.abs(theirs).max())


def test_sums_by_parts_are_those_by_spans(monkeypatch, rng):
    x = rng.standard_normal((6, 13, 9, 16), np.float32)
    dy = rng.standard_normal((6, 13, 9, 32), np.float32)
    options = (1, 1), ((1, 1), (1, 1)), (1, 1), 1
    for cache in (0, conv_winograd.CACHE):
        monkeypatch.setattr(conv_winograd, "CACHE", cache)
        monkeypatch.setattr(conv_winograd, "LEAST", 5)
        monkeypatch.setattr(conv_winograd, "FEW", 1 << 15)
        parts = conv_winograd.conv2d_backward_weight(dy, x, (3, 3), *options)
        monkeypatch.setattr(conv_winograd, "FEW", 0)
        spans = conv_winograd.conv2d_backward_weight(dy, x, (3, 3), *options)
        np.testing.assert_allclose(parts, spans, rtol=1e-4, atol=1e-3)


def test_no_images_have_no_gradient():
    x, dy = np.empty((0, 6, 6, 16), np.float32), np.empty((0, 6, 6, 16), np.float32)
    options = (1, 1), ((1, 1), (1, 1)), (1, 1), 1
    for algorithm in (conv_winograd, conv_columns):
        dw = algorithm.conv2d_backward_weight(dy, x, (3, 3), *options)
        np.testing.assert_array_equal(dw, np.zeros((3, 3, 16, 16)))
