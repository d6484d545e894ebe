from __future__ import annotations

import math

import pytest

from chainrule.errors import InputError
from chainrule.search.space import Dimension, parse


class Middle:
    """Draws the middle of every range and the last choice."""

    def suggest_float(self, name, low, high, *, log=False):
        return math.sqrt(low * high) if log else (low + high) / 2

    def suggest_int(self, name, low, high, *, log=False):
        return round(math.sqrt(low * high)) if log else (low + high) // 2

    def suggest_categorical(self, name, choices):
        return choices[-1]


def test_every_form_is_drawn_between_its_bounds():
    space = parse(
        {
            "a": {"log": [0.01, 1]},
            "b": {"uniform": [0, 1]},
            "c": {"int": [2, 8]},
            "d": {"log_int": [16, 64]},
            "e": [[16], [32, 8]],
            "f": ["x", None],
        }
    )
    drawn = {d.name: d.suggest(Middle()) for d in space}
    expected = {"a": 0.1, "b": 0.5, "c": 5, "d": 32, "e": [32, 8], "f": None}
    assert drawn == {
        k: pytest.approx(v) if isinstance(v, float) else v for k, v in expected.items()
    }


def test_names_may_be_dotted_or_nested():
    both = (
        {"optimizer.lr": {"log": [0.1, 1]}},
        {"optimizer": {"lr": {"log": [0.1, 1]}}},
    )
    assert [parse(each)[0] for each in both] == [Dimension("optimizer.lr", "log", (0.1, 1.0))] * 2


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({}, "expected one setting or more"),
        ({"a": []}, r"a: expected a list of choices, received \[\]"),
        ({"a": [1, 1]}, "a: expected different choices"),
        ({"a": 3}, "a: expected a list of choices or a table of one form .* received 3"),
        ({"a": {"lgo": [1, 2]}}, "a: unknown form 'lgo'; did you mean 'log'"),
        ({"a": {"log": [0, 1]}}, r"two positive numbers \[low, high\], the first one smaller"),
        ({"a": {"log": [2, 1]}}, "the first one smaller, received"),
        ({"a": {"log": [1, 1]}}, "the first one smaller"),
        ({"a": {"uniform": [1]}}, "expected two numbers"),
        ({"a": {"uniform": [0, math.nan]}}, "expected two numbers"),
        ({"a": {"uniform": [0, math.inf]}}, "expected two numbers"),
        ({"a": {"uniform": ["0", 1]}}, "expected two numbers"),
        ({"a": {"uniform": [False, True]}}, "expected two numbers"),
        ({"a": {"int": [1, 2.5]}}, "expected two whole numbers"),
        ({"a": {"log": [1, 2], "int": [1, 2]}}, "a table of one form"),
    ],
)
def test_a_space_that_cannot_be_is_named(said, problem):
    with pytest.raises(InputError, match=problem):
        parse(said)


def test_the_fine_half_lies_around_the_best_inside_the_space():
    log = Dimension("a", "log", (1e-4, 1.0))
    low, high = log.around([1e-2, 4e-2])
    assert 1e-4 < low < 1e-2 and 4e-2 < high < 1
    assert log.around([1e-4, 1.0]) == (1e-4, 1.0)
    whole = Dimension("b", "int", (1, 100))
    low, high = whole.around([10, 20])
    assert isinstance(low, int) and 1 <= low <= 10 and 20 <= high <= 100
    low, high = whole.around([7])
    assert low <= 7 <= high and low < high
    assert Dimension("c", "choice", (1, 2)).around([1]) is None
