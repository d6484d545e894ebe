from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import CheckFailed, InputError
from chainrule.gradient_check import check_function
from chainrule.gradient_check.function import check_entry


def quadratic(arrays):
    return float((arrays["a"] ** 2).sum() + (arrays["a"][0] * arrays["b"]).sum())


@pytest.fixture
def arrays(rng):
    return {"a": rng.standard_normal((3, 4)), "b": rng.standard_normal(4)}


@pytest.fixture
def gradient(arrays):
    da = 2 * arrays["a"]
    da[0] += arrays["b"]
    return {"a": da, "b": arrays["a"][0].copy()}


def test_one_entry_by_hand():
    """d(x₀² x₁)/dx₀ = 2 x₀ x₁ = 12 at (2, 3)."""
    point = {"x": np.array([2.0, 3.0])}

    def f(arrays):
        return float(arrays["x"][0] ** 2 * arrays["x"][1])

    right, wrong = (check_entry(f, point, "x", (0,), slope) for slope in (12.0, 11.0))
    assert right.numeric == pytest.approx(12)
    assert right.error < 1e-9 and not right.kink
    assert wrong.error == pytest.approx(1 / 23) and not wrong.kink
    assert check_entry(lambda a: abs(float(a["x"][0])), {"x": np.zeros(1)}, "x", (0,), 0.5).kink


def test_every_entry_is_checked(arrays, gradient):
    before = {name: array.copy() for name, array in arrays.items()}
    result = check_function(quadratic, arrays, gradient)
    assert result.ok
    assert [(row.path, row.shape, row.checked, row.kinks) for row in result.rows] == [
        ("a", (3, 4), 12, 0),
        ("b", (4,), 4, 0),
    ]
    assert result.value == quadratic(arrays)
    for name in arrays:
        np.testing.assert_array_equal(arrays[name], before[name])


def test_the_worst_entry_is_named_with_both_values(arrays, gradient):
    gradient["a"][2, 1] += 1
    gradient["a"][0, 3] *= 1.0001
    result = check_function(quadratic, arrays, gradient)
    assert not result.ok
    assert [row.verdict for row in result.rows] == ["WRONG", "ok"]
    assert result.rows[0].worst == "[2, 1]"
    assert result.rows[0].analytic == pytest.approx(result.rows[0].numeric + 1)
    with pytest.raises(CheckFailed, match=r"failed in 1 of 2 arrays .*a\[2, 1\]: analytic"):
        result.raise_if_failed()
    assert "WRONG  a[2, 1]: analytic" in str(result)


def test_a_sample_is_keyed_and_a_direction_stands_for_the_rest(arrays, gradient):
    one, same, other = (
        check_function(quadratic, arrays, gradient, samples=3, seed=seed) for seed in (0, 0, 1)
    )
    assert [row.checked for row in one.rows] == [4, 4]  # 3 and a direction
    assert str(one) == str(same)
    assert str(one) != str(other)


def test_one_wrong_entry_shows_along_the_direction(rng):
    """Sampling 1 entry of 1,000 would miss it."""
    x = rng.standard_normal(1000)
    gradient = 2 * x
    gradient[617] += 0.5
    result = check_function(
        lambda a: float((a["x"] ** 2).sum()), {"x": x}, {"x": gradient}, samples=1
    )
    assert result.rows[0].worst == "along a random direction"
    with pytest.raises(CheckFailed, match="x along a random direction: analytic"):
        result.raise_if_failed()


def test_kinks_are_counted_and_skipped():
    x = np.array([0.0, 1.0, -1.0, 3e-6])
    relu = {"x": (x > 0).astype(float)}
    result = check_function(lambda a: float(np.maximum(a["x"], 0).sum()), {"x": x}, relu)
    assert result.ok
    assert (result.rows[0].checked, result.rows[0].kinks) == (2, 2)


def test_only_kinks_are_no_proof():
    zero = np.zeros(2)
    result = check_function(lambda a: float(np.maximum(a["x"], 0).sum()), {"x": zero}, {"x": zero})
    assert result.rows[0].verdict == "only kinks"
    assert result.ok


def test_rounding_of_a_large_value_is_no_error():
    """f = 1e6 + g: differences know g' to 1e-5 only, and zeros stay zeros."""
    x = np.array([0.3, -0.2])
    result = check_function(
        lambda a: 1e6 + float(np.sin(a["x"][0])), {"x": x}, {"x": np.array([np.cos(0.3), 0.0])}
    )
    assert result.ok


def test_scalars_and_empty_arrays(rng):
    arrays = {"s": np.array(2.0), "e": np.zeros((0, 3))}
    result = check_function(
        lambda a: float(a["s"] ** 2), arrays, {"s": np.array(4.0), "e": np.zeros((0, 3))}
    )
    assert result.ok
    assert [row.checked for row in result.rows] == [1, 0]


def test_nan_in_a_gradient_is_wrong():
    x = np.ones(3)
    gradient = np.array([2.0, np.nan, 5.0])
    result = check_function(lambda a: float((a["x"] ** 2).sum()), {"x": x}, {"x": gradient})
    assert not result.ok
    assert result.rows[0].worst == "[1]"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"h": 0.0}, "h: expected a positive step such as 1e-5, received 0.0"),
        ({"h": float("nan")}, "h: expected a finite number"),
        ({"samples": 0}, "samples: expected 1 or more"),
    ],
)
def test_bad_options_are_refused(arrays, gradient, options, message):
    with pytest.raises(InputError, match=message):
        check_function(quadratic, arrays, gradient, **options)


def test_a_gradient_of_another_shape_is_wrong(arrays, gradient):
    gradient["a"] = gradient["a"][:, :2]
    result = check_function(quadratic, arrays, gradient)
    assert [row.verdict for row in result.rows] == ["WRONG", "ok"]
    with pytest.raises(
        CheckFailed, match=r"a: the array has shape \(3, 4\), its gradient \(3, 2\)"
    ):
        result.raise_if_failed()
    assert "WRONG  a: the array has shape (3, 4)" in str(result)


def test_a_value_that_is_not_finite_is_refused(arrays, gradient):
    with pytest.raises(InputError, match="the function to check is nan"):
        check_function(lambda a: float("nan"), arrays, gradient)
