"""Large products are shared in strips, narrow ones are not: the result is the product."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from chainrule.kernels import fastest
from chainrule.kernels.cpu import matmul, updates_muon


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


def test_a_matrix_times_its_own_transpose_is_left_to_blas(rng, monkeypatch):
    """Which computes half of it, and both halves alike."""
    monkeypatch.setattr(matmul, "LARGE", 0)
    x = rng.standard_normal((60, 200), np.float32)
    for factor in (x, x.T):
        gram = matmul.matmul(factor, factor.T)
        np.testing.assert_array_equal(gram, gram.T)
        np.testing.assert_array_equal(gram, factor @ factor.T)


def test_the_products_of_muon_are_these(rng, monkeypatch):
    called = []

    def product(a, b):
        called.append((a.shape, b.shape))
        return a @ b

    monkeypatch.setattr(updates_muon, "matmul", product)
    w, grad = rng.standard_normal((2, 6, 4), np.float32)
    fastest().muon(w, grad, np.zeros_like(w), 0.1, 0.9, True, 2, 1.0, 0.0)
    assert called == [((4, 6), (6, 4)), ((4, 4), (4, 4)), ((4, 4), (4, 6))] * 2


def test_narrow_products(rng):
    a, b = rng.standard_normal((128, 4096), np.float32), rng.standard_normal((4096, 10), np.float32)
    exact = a.astype(np.float64) @ b
    np.testing.assert_allclose(matmul.matmul(a, b), exact, rtol=1e-5, atol=1e-3)
