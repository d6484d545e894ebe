from __future__ import annotations

import re
from dataclasses import replace

import pytest

from chainrule.report.against import Against, differing
from chainrule.report.html import Facts, page

EVIL = "</script><script>alert(1)</script>\"'<b>"


@pytest.fixture
def facts(tested, history):
    evaluation, test = tested()
    return Facts(
        "second",
        {"data": "made-up", "optimizer": {"name": "adam", "lr": 0.001}},
        history(8),
        evaluation,
        test,
        data_hashes={"test": test.sha256},
        metrics={"test_accuracy": 0.9, "test_accuracy_interval": [0.85, 0.95], "seconds": 61},
    )


@pytest.fixture
def other(facts, history):
    return Against(
        "first",
        {"data": "made-up", "optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.9}},
        history(5),
        {"test_accuracy": 0.8, "seconds": 30, "data_sha256": dict(facts.data_hashes)},
    )


def section(html: str) -> str:
    found = re.search(r'<section class="compared">.*?</section>', html, flags=re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", found[0]))


def test_figures_and_differing_settings_stand_beside_each_other(facts, other) -> None:
    text = section(page(replace(facts, against=other)))
    assert "Compared with first" in text
    assert "Test accuracy 90.00% [85.0 – 95.0%] 80.00%" in text
    assert "Training time 1 min 1 s 30.0 s" in text
    assert "optimizer.name adam sgd optimizer.lr 0.001 0.1 optimizer.momentum – 0.9" in text
    assert "made-up" not in text  # the same in both
    assert "cannot be compared" not in text


def test_the_curves_of_both_are_drawn_and_named(facts, other) -> None:
    alone, both = page(facts), page(replace(facts, against=other))
    assert 'data-series="training, first"' in both
    assert "training, first from 2 to 0.4; validation, first from 3 to 0.6" in both
    assert "training, first" not in alone


def test_other_test_images_are_said(facts, other) -> None:
    other = replace(other, metrics={**other.metrics, "data_sha256": {"test": "0" * 64}})
    assert "tested on different images" in section(page(replace(facts, against=other)))


@pytest.mark.parametrize("metrics", [{}, {"test_accuracy": "x", "data_sha256": 7, "seconds": None}])
def test_a_run_that_is_not_finished_or_is_odd_can_be_compared_with(facts, metrics) -> None:
    other = Against("first", {}, (), metrics)
    text = section(page(replace(facts, against=other)))
    assert "Test accuracy 90.00% [85.0 – 95.0%] –" in text
    unfinished = Facts("second", against=Against("first"))
    assert "None yet." in section(page(unfinished))
    assert "Settings that differ None." in section(page(unfinished))


def test_names_of_the_other_run_cannot_break_the_page(facts, history) -> None:
    other = Against(EVIL, {EVIL: {EVIL: EVIL}}, history(3), {EVIL: EVIL})
    html = page(replace(facts, against=other))
    assert html.count("<script") == html.count("</script") == 1
    assert "<b>" not in re.sub(r"<b>[^<]*</b>", "", html)


def test_what_differs() -> None:
    assert differing({}, {}) == []
    assert differing({"a": {}}, {}) == []
    assert differing({"a": [1]}, {"a": (1,)}) == [("a", [1], (1,))]
    assert differing({"a": 1, "b": {"c": None}}, {"b": {"c": None, "d": False}}) == [
        ("a", 1, None),
        ("b.d", None, False),
    ]
