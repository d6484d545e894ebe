from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from chainrule.report.html import Facts, page

VOID = {"img", "meta", "path", "use", "image", "rect"}


class Checker(HTMLParser):
    """Every tag that opens closes, in order; images have a text; identifiers are unique."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.headings = [], [], []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "img":
            assert given["alt"]
        if tag == "th":
            assert given["scope"]
        self.ids += [given["id"]] if "id" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


def checked(html):
    checker = Checker()
    checker.feed(html)
    assert checker.open == []
    assert len(set(checker.ids)) == len(checker.ids)
    return checker


@pytest.fixture
def facts(tested, history):
    def made(**given):
        evaluation, test = tested(**given)
        return Facts("run", history=history(), evaluation=evaluation, test=test)

    return made


@pytest.mark.parametrize("k", [1, 2, 12, 13, 40, 100])
def test_the_page_is_well_formed_for_any_number_of_classes(k, facts):
    html = page(facts(k=k, n=200, shape=(100, 90, 3)))
    found = checked(html)
    assert found.headings[:3] == ["Learning", "Random test images", "Worst mistakes"]
    assert "Confusion matrix" in found.headings
    assert found.headings[-1] == "Record"
    assert len(html) < 600_000


def test_the_headline_has_the_interval_and_the_guess(facts):
    known = facts(k=3, n=60)
    html = page(known)
    low, high = known.evaluation.interval
    assert f">{100 * known.evaluation.accuracy:.1f}%</div>" in html
    assert f"95% interval {100 * low:.1f} – {100 * high:.1f}%" in html
    assert "Always predicting the most frequent class: 33.3%" in html
    assert "Best validation accuracy 85.0%, epoch 4." in html


def test_names_cannot_break_the_page(tested, history):
    evil = "</style><script>alert('1')</script>&\"$x$"
    evaluation, test = tested(k=2, classes=(evil, "b"))
    html = page(
        Facts(evil, {evil: {evil: evil}}, history(), evaluation, test, {evil: evil}, {evil: evil})
    )
    assert html.count("<script") == html.count("</script") == 1
    assert html.count("<style") == html.count("</style") == 1
    assert "alert(" in html  # as text
    checked(html)


def test_a_run_that_was_stopped_has_a_page(history):
    html = page(Facts("run", history=history(2)))
    assert checked(html).headings == ["Learning", "Record"]
    assert "No test result" in html
    assert checked(page(Facts("run"))).headings == ["Record"]


def test_without_mistakes_it_says_so(facts):
    html = page(facts(skill=50))
    assert "None: all of 60 test images were answered right." in html
    assert "Most frequent mistakes" not in html


def test_nothing_is_loaded_from_anywhere(facts):
    html = page(facts())
    assert "http:" not in html
    assert "https:" not in html
    assert not re.search(r"@import|<link|<iframe|url\((?!#)|<script[^>]|<style[^>]", html)
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|WebSocket|sendBeacon|eval\(", html)
    assert all(
        re.match("data:image/png;base64,", uri) for uri in re.findall(r'src="([^"]*)"', html)
    )
    assert all(re.match("#|data:image", uri) for uri in re.findall(r'href="([^"]*)"', html))


def test_the_epoch_named_is_the_one_whose_weights_were_kept(facts, history):
    known = facts()
    flat = [{**row, "validation_accuracy": 0.5} for row in history()]
    html = page(Facts("run", history=flat, evaluation=known.evaluation, test=known.test))
    assert "Best validation accuracy 50.0%, epoch 1." in html  # nobody has said more
    html = page(Facts("run", history=flat, metrics={"best_epoch": 2}))
    assert "The weights kept are those of epoch 2, with a validation accuracy of 50.0%." in html
    without = [{k: v for k, v in row.items() if "validation" not in k} for row in history()]
    html = page(Facts("run", history=without, metrics={"best_epoch": 3}))
    assert "The weights kept are those of epoch 3." in html
    assert "The weights kept" not in page(Facts("run", history=without))


def test_images_with_files_are_captioned_with_them(tested, history):
    evaluation, test = tested(k=2, n=8, skill=-50)
    test = replace(test, paths=tuple(f"test/b<{i}>/photo {i}.jpg" for i in range(8)))
    html = page(Facts("run", history=history(), evaluation=evaluation, test=test))
    for i in range(8):
        assert f'title="test/b&lt;{i}&gt;/photo {i}.jpg: class' in html
        assert f">photo {i}.jpg</small>" in html
    assert "predictions.csv" in html


def test_singular(tested, history):
    evaluation, test = tested(k=1, n=1)
    text = re.sub("<[^>]*>", " ", page(Facts("run", {}, history(1), evaluation, test)))
    assert "1 epoch." in text and "1 image of" in text and "1 class" in text
    assert not re.search(r"(?<![\d.,])1 (epochs|images|classes|images)", text)
