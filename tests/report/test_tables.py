from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from chainrule.confusion import Confusion
from chainrule.report.tables import frequent_mistakes, per_class_tables, settings

CLASSES = ("a", "b", "c")


@pytest.fixture
def with_confusion(tested):
    def made(counts):
        evaluation, _ = tested()
        counts = np.array(counts)
        with np.errstate(invalid="ignore"):
            per_class = np.diagonal(counts) / counts.sum(axis=1)
        labels = np.repeat(np.arange(len(counts)), counts.sum(axis=1))
        true, predicted = np.nonzero(counts)
        answers = Confusion(true, predicted, counts[true, predicted], len(counts))
        return replace(evaluation, answers=answers, per_class=per_class), labels

    return made


def test_classes_are_listed_hardest_first_with_their_interval(with_confusion):
    evaluation, labels = with_confusion([[9, 1, 0], [5, 5, 0], [0, 0, 0]])
    html = per_class_tables(evaluation, labels, CLASSES)
    assert re.findall(r'scope="row">(\w)<', html) == ["b", "a", "c"]
    assert "5 of 10" in html
    assert "width:50.00%" in html
    assert "left:23.66%;width:52.68%" in html  # Wilson's interval of 5 in 10
    assert "no test images" in html


def test_many_classes_fill_tables_side_by_side(tested):
    evaluation, test = tested(k=60, n=120)
    html = per_class_tables(evaluation, test.labels, test.classes)
    assert html.count("<table") == 3
    assert html.count('scope="row"') == 60


def test_a_thousand_classes_show_the_hardest_hundred(tested):
    evaluation, test = tested(k=1000, n=1000)
    assert per_class_tables(evaluation, test.labels, test.classes).count('scope="row"') == 100


def test_frequent_mistakes_come_in_order_with_their_share(with_confusion):
    evaluation, _ = with_confusion([[9, 1, 0], [5, 4, 1], [0, 2, 8]])
    html = frequent_mistakes(evaluation, CLASSES)
    pairs = re.findall(r'scope="row">(\w)</th><td>(\w)</td><td class="number">(\d+)', html)
    assert pairs == [("b", "a", "5"), ("c", "b", "2"), ("a", "b", "1"), ("b", "c", "1")]
    assert "50.0%" in html


def test_no_mistakes_no_table(with_confusion):
    evaluation, _ = with_confusion(np.eye(3, dtype=np.int64))
    assert frequent_mistakes(evaluation, CLASSES) is None


def test_a_group_of_many_settings_is_cut():
    html = settings({"per_class": {str(k): 0.5 for k in range(10_000)}})
    assert html.count("<tr") == 1 + 200 + 1
    assert "and 9,800 more" in html


def test_settings_put_groups_below_plain_values():
    html = settings({"model": {"norm": "<batch>"}, "seed": 0})
    assert html.index("seed") < html.index("model") < html.index("norm")
    assert "<code>&lt;batch&gt;</code>" in html
    assert settings({}) == "<p>nothing recorded</p>"
