from __future__ import annotations

import math

import pytest

from chainrule.gradient_check.differences import judge, relative_error, slopes

TINY, TOLERANCE = 1e-4, 1e-6


def verdict(f, analytic, h=1e-5):
    return judge(f, f(0.0), analytic, h=h, floor=TINY, tolerance=TOLERANCE)


def kinked(at: float, left: float = 1.0, right: float = 3.0):
    """Slope ``left`` before the kink at ``at`` and ``right`` behind it."""
    return lambda t: 0.3 + (left if t < at else right) * (t - at)


def test_relative_error():
    assert relative_error(1.0, 3.0, 1e-8) == 0.5
    assert relative_error(0.0, 0.0, 1e-8) == 0
    assert relative_error(1.0, 0.0, 1e-8) == 1
    assert relative_error(1e-12, -1e-12, 1e-4) == pytest.approx(2e-8)


def test_one_sided_slopes():
    assert slopes(abs, 0.0, 0.5) == (-1, 1)
    left, right = slopes(lambda t: t * t, 0.0, 0.5)
    assert (left, right) == (-0.5, 0.5)


def test_a_right_derivative_agrees():
    result = verdict(lambda t: math.exp(2 * t), 2.0)
    assert result.error < 1e-9
    assert not result.kink


@pytest.mark.parametrize("wrong", [2.00002, -2.0, 0.0, 4.0, 2 + 1e-5])
@pytest.mark.parametrize("bend", [0, 1, 30])
def test_a_wrong_derivative_of_a_smooth_function_is_no_kink(wrong, bend):
    result = verdict(lambda t: 2 * t + bend * t * t + math.sin(t) ** 3, wrong)
    assert result.error > TOLERANCE
    assert not result.kink


def test_a_step_too_coarse_is_refined():
    """sin(100 t) bends so much that h = 1e-4 is off by 2e-5."""
    result = verdict(lambda t: math.sin(100 * t), 100.0, h=1e-4)
    assert result.error < 1e-6
    assert not result.kink
    assert verdict(lambda t: math.sin(100 * t), 100.01, h=1e-4).error > TOLERANCE


@pytest.mark.parametrize("distance", [0.001, 0.05, 0.15, 0.2, 0.238, 0.25, 0.3, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("height", [1e-3, 1.0])
def test_a_kink_within_the_step_is_found_wherever_it_lies(distance, side, height):
    at = side * distance * 1e-5
    f = kinked(at, 1.0, 1.0 + height)
    true = 1.0 if at > 0 else 1.0 + height
    result = verdict(f, true)
    assert result.kink == (result.error > TOLERANCE)
    assert result.kink or height < 0.1  # a low one may be taken for a step too coarse


@pytest.mark.parametrize("subgradient", [1.0, 1.7, 2.9, 3.0])
def test_any_subgradient_at_a_kink_is_a_kink(subgradient):
    assert verdict(kinked(0.0), subgradient).kink


@pytest.mark.parametrize("wrong", [0.5, 3.5, -2.0, 9.0])
def test_what_is_no_subgradient_is_wrong_at_a_kink_too(wrong):
    result = verdict(kinked(0.0), wrong)
    assert not result.kink
    assert result.error > TOLERANCE


def test_many_kinks_within_the_step_are_found():
    """Units of a deep net flip one after the other; only much nearer is the true slope seen."""

    def f(t: float) -> float:
        return t + 0.01 * sum(max(0.0, t - i * 1e-7) for i in range(1, 100))

    result = verdict(f, 1.0)
    assert result.kink
    assert not verdict(f, 0.5).kink


def test_nan_does_not_agree():
    assert not verdict(lambda t: t, math.nan).error <= TOLERANCE
