"""Large products are shared in strips, narrow ones are not: the result is the product."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from chainrule.kernels.cpu import matmul


@pytest.mark.parametrize("shape", [(3, 200, 50), (50, 200, 3), (64, 1, 64), (1, 1, 1), (0, 5, 4)])
@pytest.mark.parametrize("turned", ["neither", "first", "second"])
def test_shared_in_strips(rng, monkeypatch, shape, turned):
    monkeypatch.setattr(matmul, "LARGE", 0)
    m, k, n = shape
    a = (
        rng.standard_normal((k, m), np.float32).T
        if turned == "first"
        else rng.standard_normal((m, k), np.float32)
    )
    b = (
        rng.standard_normal((n, k), np.float32).T
        if turned == "second"
        else rng.standard_normal((k, n), np.float32)
    )
    np.testing.assert_allclose(matmul.matmul(a, b), a @ b, rtol=1e-5, atol=1e-4)


def test_narrow_products(rng):
    a, b = rng.standard_normal((128, 4096), np.float32), rng.standard_normal((4096, 10), np.float32)
    exact = a.astype(np.float64) @ b
    np.testing.assert_allclose(matmul.matmul(a, b), exact, rtol=1e-5, atol=1e-3)
