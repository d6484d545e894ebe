from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.significance import EXACT, mcnemar, wilson_interval


def answers(only_first, only_second, both=7, neither=5):
    """(labels, first, second) in which so many images were answered right by one alone."""
    first = np.repeat([1, 0, 1, 0], [only_first, only_second, both, neither])
    second = np.repeat([0, 1, 1, 0], [only_first, only_second, both, neither])
    return np.ones(len(first), np.int64), first, second


@pytest.mark.parametrize(
    ("b", "c", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (0, 5, 2 / 32), (10, 2, 158 / 4096), (3, 3, 1.0), (6, 1, 16 / 128)],
)
def test_few_images_by_hand(b, c, p):
    result = mcnemar(*answers(b, c))
    assert (result.only_first, result.only_second) == (b, c)
    assert result.p_value == pytest.approx(p, rel=1e-12)


def test_it_does_not_matter_which_is_first():
    labels, first, second = answers(30, 11)
    there, back = mcnemar(labels, first, second), mcnemar(labels, second, first)
    assert there.p_value == back.p_value
    assert (there.only_first, there.only_second) == (back.only_second, back.only_first)


@pytest.mark.parametrize("b", [0, 3, 200, 470, 499, 500])
def test_up_to_a_thousand_it_is_the_binomial_test(b):
    stats = pytest.importorskip("scipy.stats")
    p = mcnemar(*answers(b, EXACT - b)).p_value
    assert p == pytest.approx(stats.binomtest(b, EXACT).pvalue, rel=1e-9)


@pytest.mark.parametrize("n", [1001, 1002, 5000])
def test_beyond_it_is_the_same_within_a_ten_thousandth(n):
    stats = pytest.importorskip("scipy.stats")
    for b in range(n // 2 - 100, n // 2 + 1, 20):
        p = mcnemar(*answers(b, n - b)).p_value
        assert p == pytest.approx(stats.binomtest(b, n).pvalue, abs=1e-4)


def test_very_many_images():
    assert mcnemar(*answers(500_000, 500_000)).p_value == 1
    assert mcnemar(*answers(10_000, 0)).p_value == 0


def test_an_image_without_an_answer_is_wrong():
    result = mcnemar(np.array([0, 0, 1]), np.array([0, -1, 1]), np.array([-1, 0, 1]))
    assert (result.only_first, result.only_second) == (1, 1)


@pytest.mark.parametrize("second", [[0], [[0, 1]], [0.0, 1.0], "ab"])
def test_answers_for_other_images_are_refused(second):
    with pytest.raises(InputError):
        mcnemar(np.array([0, 1]), np.array([0, 1]), second)


def test_wilson_interval_of_textbook_numbers():
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
    assert wilson_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_wilson_interval_stays_inside_and_mirrors():
    assert wilson_interval(0, 7)[0] == 0
    assert wilson_interval(7, 7)[1] == 1
    assert wilson_interval(0, 0) == (0, 1)
    low, high = wilson_interval(3, 10)
    assert wilson_interval(7, 10) == pytest.approx((1 - high, 1 - low))
    assert wilson_interval(3, 10, level=0.5)[0] > low
    with pytest.raises(InputError, match="correct=8, n=7"):
        wilson_interval(8, 7)
    with pytest.raises(InputError, match="level"):
        wilson_interval(3, 7, level=1)
