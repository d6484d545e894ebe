from __future__ import annotations

import pytest

from chainrule.cost.words import amount, duration, size, table


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1234, "1.23 k"), (2.5e6, "2.5 M"), (4e9, "4 G"), (7e12, "7 T")],
)
def test_amounts(number, text):
    assert amount(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (1010 * 2**20, "1,010 MiB"),
        (2**40, "1 TiB"),
    ],
)
def test_sizes(number, text):
    assert size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0123, "12 ms"), (0.0996, "100 ms"), (0.5, "500 ms"), (2.34, "2.3 s"), (9.96, "10 s"),
        (59.4, "59 s"), (75, "1 min 15 s"),
        (120, "2 min"), (599.7, "10 min"), (1234, "21 min"), (3600, "1 h"), (7500, "2 h 5 min"),
    ],
)  # fmt: skip
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_columns():
    assert table([["a", "bcd"], ["ef", "g"]], right=[1]) == "a   bcd\nef    g"
