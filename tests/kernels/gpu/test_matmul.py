"""Products of matrices by cuBLAS: layouts, number formats, numbers that are not finite."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.kernels import REFERENCE, precision

from .fake_cupy import placed


@pytest.mark.parametrize("asked", precision.PRECISIONS)
@pytest.mark.parametrize("a_as", ["rows", "columns", "every other"])
@pytest.mark.parametrize("b_as", ["rows", "columns", "every other"])
def test_every_layout_and_format(gpu, rng, asked, a_as, b_as):
    def laid(x, how):
        if how == "columns":
            return placed(x.T.copy()).T
        return placed(np.repeat(x, 2, axis=1))[:, ::2] if how == "every other" else placed(x)

    a, b = rng.standard_normal((7, 5), np.float32), rng.standard_normal((5, 3), np.float32)
    with precision.using(asked):
        got = gpu.matmul(laid(a, a_as), laid(b, b_as))
        truth = REFERENCE.matmul(a, b)
    np.testing.assert_allclose(got, truth, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, np.finfo(np.float32).max])
def test_three_products_beside_what_is_not_finite(gpu, rng, value):
    a, b = rng.standard_normal((6, 4), np.float32), np.ones((4, 5), np.float32)
    a[2, 1] = value
    with precision.using("bf16x3"), np.errstate(all="ignore"):
        for x, y in ((a, b), (b.T, a.T)):
            got, truth = gpu.matmul(placed(x), placed(y)), REFERENCE.matmul(x, y)
            np.testing.assert_allclose(got, truth, rtol=2e-5, atol=1e-5)


def test_empty_factors(gpu):
    for shape in ((0, 3, 4), (3, 0, 4), (3, 4, 0)):
        m, k, n = shape
        a, b = placed(np.ones((m, k), np.float32)), placed(np.ones((k, n), np.float32))
        np.testing.assert_array_equal(gpu.matmul(a, b), np.zeros((m, n)))
