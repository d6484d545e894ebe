"""The digits of scikit-learn, and a classifier that has learned them."""

from __future__ import annotations

import pytest
from threadpoolctl import threadpool_limits

from .cases import make


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Two small nets at once, as beside other tests, take turns at BLAS's threads for seconds."""
    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X[:300], y[:300]


@pytest.fixture(scope="module")
def fitted(digits):
    return make(epochs=12).fit(*digits)
