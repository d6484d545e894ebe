from __future__ import annotations

import math

from chainrule.report.words import as_text, clip, number, short


def test_missing_cells_are_nan():
    assert all(math.isnan(number(cell)) for cell in (None, "", "none"))
    assert number("0.5") == 0.5


def test_values_of_a_configuration():
    assert as_text(True) == "true"
    assert as_text(0.1 + 0.2) == "0.3"
    assert as_text([1, 0.5, "a"]) == "[1, 0.5, a]"
    assert as_text({"lr": 0.1}) == "lr = 0.1"
    assert as_text(None) == "–"
    assert short(math.inf) == "inf"


def test_clip_marks_what_is_lost():
    assert clip("abc", 3) == "abc"
    assert clip("abcd", 3) == "ab…"
