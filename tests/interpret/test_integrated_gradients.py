from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.interpret import integrated_gradients

from .nets import convnet, linear


def test_of_a_linear_model_it_is_complete(rng):
    w, images = rng.standard_normal((12, 3)), rng.standard_normal((2, 2, 2, 3))
    found = integrated_gradients(linear(w, bias=[1.0, 2.0, 3.0]), images, 1, steps=3)
    np.testing.assert_allclose(found.values, images * w[:, 1].reshape(2, 2, 3))
    np.testing.assert_allclose(found.maps, found.values.sum(axis=-1))
    np.testing.assert_allclose(found.difference, images.reshape(2, -1) @ w[:, 1])
    assert (found.gap < 1e-12).all()


def test_by_hand_where_the_gradient_changes():
    """p(x) = 1 / (1 + exp(-x)): the one pixel's attribution tends to p(2) - p(0)."""
    model, image = linear([[1.0, 0.0]]), np.full((1, 1, 1, 1), 2.0)
    found = integrated_gradients(model, image, 0, steps=4, score="probability")
    middles = np.array([0.25, 0.75, 1.25, 1.75])
    p = 1 / (1 + np.exp(-middles))
    expected = 2 * np.mean(p * (1 - p))
    np.testing.assert_allclose(found.maps, expected)
    exact = 1 / (1 + np.exp(-2.0)) - 0.5
    np.testing.assert_allclose(found.difference, exact)
    np.testing.assert_allclose(found.gap, abs(expected - exact))


def test_the_gap_closes_with_more_steps(rng):
    model, images = convnet().astype(np.float64), rng.random((3, 8, 8, 3))
    few, many = (integrated_gradients(model, images, 0, steps=n) for n in (2, 200))
    assert many.gap.max() < 0.01 * np.abs(many.difference).max()
    assert many.gap.mean() < few.gap.mean()


def test_baselines(rng):
    model, images = convnet(), rng.integers(1, 256, (3, 8, 8, 3), np.uint8)
    default = integrated_gradients(model, images, 0, steps=4)
    assert not default.baseline.any()
    black = integrated_gradients(model, images, 0, steps=4, baseline=np.zeros((8, 8, 3), np.uint8))
    np.testing.assert_array_equal(default.maps, black.maps)
    gray = integrated_gradients(model, images, 0, steps=4, baseline=0.5)
    np.testing.assert_array_equal(gray.baseline, np.full((3, 8, 8, 3), 0.5, np.float32))
    same = integrated_gradients(model, images, 0, steps=4, baseline=images)
    assert not same.maps.any()
    assert not same.difference.any()


@pytest.mark.parametrize(
    "baseline",
    [
        np.zeros((2, 8, 8, 3), np.uint8),
        np.zeros((7, 8, 3), np.uint8),
        np.full((8, 8, 3), np.nan),
        float("nan"),
        255,
        -0.1,
        True,
        "white",
        object(),
    ],
    ids=["two", "shape", "nan", "number", "255", "below", "bool", "word", "object"],
)
def test_baselines_that_do_not_fit(baseline, rng):
    with pytest.raises(InputError, match="baseline"):
        integrated_gradients(convnet(), rng.random((3, 8, 8, 3)), baseline=baseline)


def test_what_it_says():
    found = integrated_gradients(convnet(), np.zeros((8, 8, 3), np.uint8))
    assert "completeness gap" in repr(found)
    assert repr(found).startswith("Integrated gradients of 1 image\n")
