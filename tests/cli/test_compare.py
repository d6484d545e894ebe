from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from chainrule.cli import main
from chainrule.metrics import mcnemar

from .conftest import SHORT, Cli
from .test_show_output import terminal


@pytest.fixture
def two(cli: Cli, first: Path) -> tuple[Path, Path]:
    """The runs ``first`` and ``second``, which has one epoch and another seed."""
    said = cli("train", *SHORT[2:], "--epochs", "1", "--seed", "5", "--name", "second")
    assert said.code == 0
    return first, first.parent / "second"


def right(run: Path) -> list[int]:
    with (run / "predictions.csv").open() as file:
        return [row["true"] == row["predicted"] for row in csv.DictReader(file)]


def test_it_says_what_differs_and_whether_one_is_better(cli: Cli, two: tuple[Path, Path]) -> None:
    said = cli("compare", "first", "second")
    assert said.code == 0
    results, tests, curves, settings = (
        [line.split("\t") for line in part.splitlines()] for part in said.out.split("\n\n")
    )
    figures = [json.loads((run / "metrics.json").read_text()) for run in two]
    assert [row[:2] for row in results[1:]] == [
        [run.name, f"{each['test_accuracy']:.2%}"] for run, each in zip(two, figures, strict=True)
    ]
    answers = [right(run) for run in two]
    test = mcnemar([1] * 359, *([int(ok) for ok in each] for each in answers))
    assert tests[1][:3] == ["first and second", str(test.only_first), str(test.only_second)]
    assert [row[0] for row in curves[1:]] == ["first", "second"]
    assert settings[1:3] == [["seed", "0", "5"], ["epochs", "3", "1"]]


def test_json_says_the_same(cli: Cli, two: tuple[Path, Path]) -> None:
    said = json.loads(cli("compare", "first", "runs/second", "--json").out)
    assert [run["name"] for run in said["runs"]] == ["first", "second"]
    (pair,) = said["mcnemar"]
    assert (pair["first"], pair["second"], pair["reason"]) == ("first", "second", "")
    assert 0 <= pair["p_value"] <= 1
    assert said["settings"]["seed"] == {"first": 0, "second": 5}


def test_a_page_is_written(cli: Cli, two: tuple[Path, Path], tmp_path: Path) -> None:
    said = cli("compare", "first", "second", "--html", "page.html")
    assert said.out.splitlines()[-1] == "page page.html"
    assert "first, second" in (tmp_path / "page.html").read_text("utf-8")
    json.loads(cli("compare", "first", "second", "--json", "--html", "page.html").out)
    said = cli("compare", "first", "second", "--html", "none/page.html")
    assert said.code == 2
    assert "none/page.html" in said.err


def test_wrong_use_is_one_line(cli: Cli, first: Path) -> None:
    for arguments, reason in (
        (["first"], "expected two runs or more, received 1"),
        (["first", "runs/first"], "expected each run once"),
        (["first", "fist"], "did you mean 'first'?"),
        ([], "requires an argument"),
    ):
        said = cli("compare", *arguments)
        assert (said.code, said.out) == (2, "")
        assert reason in said.err


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_it_fits_the_terminal(
    columns: int, cli: Cli, two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    two[1].rename(two[1].parent / "a run of a long name")
    with terminal(monkeypatch, columns) as shown:
        assert main(["compare", "first", "a run of a long name"]) == 0
    assert max(map(cell_len, shown)) <= columns
    assert " ".join(" ".join(shown).split()).count("a run of a long name") >= 4
