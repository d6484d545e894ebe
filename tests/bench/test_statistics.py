from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.bench.statistics import exponent, quartiles, summary


def test_summary_of_known_times():
    row = summary([0.010, 0.020, 0.030, 0.040, 0.050], images=60)
    assert row == {
        "steps": 5,
        "median_ms": 30.0,
        "quartile_1_ms": 20.0,
        "quartile_3_ms": 40.0,
        "images_per_second": 2000.0,
    }


def test_one_time_is_its_own_quartiles():
    assert quartiles([3.0]) == (3.0, 3.0, 3.0)


@given(st.lists(st.floats(1e-6, 1e3), min_size=2))
def test_quartiles_are_in_order_around_the_median(values):
    low, middle, high = quartiles(values)
    slack = 1e-9 * max(values)
    assert min(values) - slack <= low <= middle + slack
    assert middle - slack <= high <= max(values) + slack
    assert middle == pytest.approx(statistics.median(values))


@given(st.floats(0.1, 3.0), st.floats(1e-4, 10.0))
def test_exponent_of_a_power_law(k, a):
    sizes = [1, 2, 8, 64, 100]
    assert exponent(sizes, [a * size**k for size in sizes]) == pytest.approx(k)


def test_a_constant_part_lowers_the_exponent():
    sizes = [1, 10, 100, 1000]
    times = [100.0 + size for size in sizes]
    assert exponent(sizes, times) < exponent(sizes[-2:], times[-2:]) < 1
