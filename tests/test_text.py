from __future__ import annotations

import pytest

from chainrule.text import aligned, amount, duration, fitted, percent, plural, size, wrapped


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (1, "epoch", "1 epoch"),
        (0, "epoch", "0 epochs"),
        (1, "class", "1 class"),
        (2, "class", "2 classes"),
        (1_797, "test image", "1,797 test images"),
        (1, "entry", "1 entry"),
        (3, "entry", "3 entries"),
        (2, "day", "2 days"),
        (2, "batch", "2 batches"),
        (2, "index", "2 indices"),
    ],
)
def test_plural(count, noun, text):
    assert plural(count, noun) == text


def test_only_what_is_perfect_reads_100_percent():
    assert percent(1.0) == "100.0%"
    assert percent(0.99996) == "99.996%"
    assert percent(0.999999999) != "100%"
    assert percent(0.9825, 2) == "98.25%"


def test_an_unknown_share_is_a_dash():
    assert percent(float("nan")) == "–"


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
        (0.04, "0.0 s"), (59.94, "59.9 s"), (119.6, "2 min 0 s"), (1234, "20 min 34 s"),
        (3599.6, "1 h 0 min"), (3600, "1 h 0 min"), (7322, "2 h 2 min"),
        (float("nan"), "–"), (float("inf"), "–"),
    ],
)  # fmt: skip
def test_measured_durations_keep_their_seconds(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0123, "12 ms"), (0.0996, "100 ms"), (0.5, "500 ms"), (2.34, "2.3 s"), (9.96, "10 s"),
        (59.4, "59 s"), (75, "1 min 15 s"), (120, "2 min"), (599.7, "10 min"), (1234, "21 min"),
        (3599.6, "1 h"), (3600, "1 h"), (7500, "2 h 5 min"), (float("nan"), "–"),
    ],
)  # fmt: skip
def test_estimated_durations_claim_no_more_than_they_know(seconds, text):
    assert duration(seconds, estimated=True) == text


def test_columns_are_as_wide_as_their_widest_cell():
    assert aligned([["a", "bcd", ""], ["ef", "g", "h"]], right=[1]) == ["a   bcd", "ef    g  h"]
    assert aligned([]) == []


def test_columns_may_be_measured_in_another_way():
    """A terminal shows a Chinese character in two columns."""
    double = [["猫", "1"], ["cat", "22"]]
    assert aligned(double, right={1}, width=lambda text: len(text.encode("gb2312"))) == [
        "猫    1", "cat  22",
    ]  # fmt: skip


ROWS = [("name", "number", "what it is"), ("a" * 12, "1,234", "some words " * 9), ("b", "2", "")]


@pytest.mark.parametrize("room", [80, 48, 40, 30, 21])
def test_prose_is_wrapped_to_what_is_left(room):
    lines = fitted(ROWS, room, right=[1])
    assert max(map(len, lines)) <= room
    assert " ".join(" ".join(lines).split()).count("some words") == 9
    assert lines == [line.rstrip() for line in lines]


def test_prose_stands_beside_the_columns_or_below_each_row():
    assert fitted(ROWS, 80, right=[1])[:2] == [
        "name          number  what it is",
        f"{'a' * 12}   1,234  {' '.join(['some words'] * 5)}",
    ]
    assert fitted(ROWS, 40, right=[1])[2:4] == [
        f"{'a' * 12}   1,234",
        "    some words some words some words",
    ]
    assert fitted([("a", "b"), ("12345", "short")], 14) == ["a      b", "12345  short"]


def test_where_not_even_the_columns_fit_each_cell_has_a_line():
    lines = fitted(ROWS, 18)
    assert lines[:3] == ["name:", "a" * 12, "    number: 1,234"]
    assert lines[-2:] == ["b", "    number: 2"]


def test_no_word_is_cut_and_wide_letters_count_twice():
    assert wrapped("a" * 30 + " b", 10) == ["a" * 30, "b"]
    double = lambda text: 2 * len(text)  # noqa: E731
    assert wrapped("abc def", 12, double) == ["abc", "def"]
    assert wrapped("", 5) == []
