from __future__ import annotations

import pytest

from chainrule.text import percent, plural


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
