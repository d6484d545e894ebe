from __future__ import annotations

import numpy as np

from chainrule.gradient_check.numeric import numeric_gradient


def test_it_is_the_gradient(rng):
    x = rng.standard_normal((3, 4))
    gradient = numeric_gradient(lambda a: float(np.sin(a["x"]).sum()), {"x": x}, "x")
    np.testing.assert_allclose(gradient, np.cos(x), atol=1e-9)


def test_a_curve_that_bends_much_is_followed():
    """x³ at 1e-6: the slope, 3e-12, is far smaller than what a step of 1e-5 adds."""
    x = np.array([1e-6, 0.0])
    gradient = numeric_gradient(lambda a: float((a["x"] ** 2).sum()), {"x": x}, "x")
    np.testing.assert_allclose(gradient, 2 * x, atol=1e-12)


def test_kinks_are_left_out():
    x = np.array([0.0, 1.0, -1.0, 2e-6])
    gradient = numeric_gradient(lambda a: float(np.abs(a["x"]).sum()), {"x": x}, "x")
    np.testing.assert_allclose(gradient, [np.nan, 1, -1, np.nan], atol=1e-9)


def test_some_entries_of_a_large_array(rng):
    x = rng.standard_normal((20, 30))
    gradient = numeric_gradient(lambda a: float(a["x"].sum()), {"x": x}, "x", entries=50)
    assert np.isfinite(gradient).sum() == 50
