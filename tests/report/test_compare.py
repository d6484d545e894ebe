from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from chainrule.errors import InputError
from chainrule.report.compare import COLORS, page, write_comparison
from chainrule.report.comparison import Comparison, Pair, RunFacts

ROWS = [
    {"epoch": str(n), "loss": str(2 / n), "validation_accuracy": str(1 - 0.5 / n)}
    for n in (1, 2, 3)
]


def facts(name: str, test: float = 0.9, rows=ROWS) -> RunFacts:
    return RunFacts(name, test, (0.8, 0.95), 100, 0.3, 0.92, 2, 0.91, 1000, 61.5, rows)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


def read(comparison: Comparison) -> Reader:
    reader = Reader()
    reader.feed(page(comparison))
    return reader


@pytest.fixture
def two() -> Comparison:
    pair = Pair(0, 1, 9, 1, 0.0215, 0.0215)
    return Comparison([facts("first"), facts("second", 0.8)], [pair], {"optimizer.lr": [0.1, None]})


def test_it_shows_results_tests_curves_and_settings(two: Comparison) -> None:
    text = read(two).text
    for said in (
        "90.00%", "80.00%", "80.00 – 95.00%", "1 min", "1,000",
        "first and second", "0.021", "first is significantly better than second",
        "Validation accuracy", "Training loss", "optimizer.lr", "0.1", "–",
    ):  # fmt: skip
        assert said in text, said
    assert "Validation loss" not in text  # nobody has one


def test_every_run_has_a_color_of_its_own_in_both_themes(two: Comparison) -> None:
    document = page(two)
    assert document.count("--swatch:var(--run-") == 2
    assert "stroke: var(--run-1)" in document and "stroke: var(--run-2)" in document
    assert not any(color in document for color in COLORS)
    for i in range(1, len(COLORS) + 1):
        assert len(re.findall(rf"--run-{i}: #", document)) == 2


def test_values_can_be_read_off_and_runs_hidden(two: Comparison) -> None:
    tags = read(two).tags
    plots = [json.loads(str(given["data-plot"])) for _, given in tags if "data-plot" in given]
    assert [plot["title"] for plot in plots] == ["Validation accuracy", "Training loss"]
    assert [line["name"] for line in plots[0]["series"]] == ["first", "second"]
    assert plots[0]["series"][1]["color"] == "var(--run-2)"
    assert plots[0]["series"][0]["points"] == [[1, 0.5], [2, 0.75], [3, 0.833333]]
    assert [given["data-series"] for _, given in tags if "data-series" in given] == [
        "first", "second",
    ]  # fmt: skip


def test_more_runs_than_colors(two: Comparison) -> None:
    runs = [facts(f"run {i}") for i in range(len(COLORS) + 1)]
    document = page(Comparison(runs, []))
    assert "run 8" in document
    assert document.count("stroke-dasharray") >= 1


def test_it_loads_nothing_and_escapes_names() -> None:
    odd = "<script>alert(1)</script>\x1b\u202e"
    comparison = Comparison([facts(odd), facts("b")], [Pair(0, 1, reason=f"not tested: {odd}")])
    reader = read(comparison)
    tags = [tag for tag, _ in reader.tags]
    assert not {"link", "iframe"} & {*tags} and tags.count("script") == 1  # the page's own
    assert not any(
        {"src", "href"} & {*attributes} and tag != "use" for tag, attributes in reader.tags
    )
    assert "\x1b" not in page(comparison) and "\u202e" not in page(comparison)


def test_what_is_not_known_is_a_dash() -> None:
    nan = math.nan
    bare = RunFacts("bare", nan, (0.0, 1.0), 0, nan, nan, nan, nan, nan, nan)
    text = read(Comparison([bare, facts("b", rows=())], [])).text
    assert "nan" not in text.lower().replace("nano", "")
    assert "Learning" not in text
    assert "all settings are the same" in text


def test_a_loss_that_went_far_is_drawn_on_a_log_scale() -> None:
    rows = [
        {"epoch": "1", "loss": "0.001"},
        {"epoch": "2", "loss": "1e30"},
        {"epoch": "3", "loss": "nan"},
    ]
    assert "1e+30" in page(Comparison([facts("a", rows=rows), facts("b")], []))


def test_equal_comparisons_give_equal_pages(two: Comparison) -> None:
    assert page(two) == page(two)


def test_a_place_that_cannot_be_written(two: Comparison, tmp_path: Path) -> None:
    assert write_comparison(two, tmp_path / "page.html").read_text("utf-8") == page(two)
    with pytest.raises(InputError, match="none"):
        write_comparison(two, tmp_path / "none" / "page.html")
