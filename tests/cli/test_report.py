from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from .conftest import Cli


def test_the_report_is_written_again(cli: Cli, first: Path) -> None:
    before = (first / "report.html").read_text()
    (first / "report.html").unlink()
    said = cli("report", "first")
    assert (said.code, said.out) == (0, "runs/first/report.html\n")
    page = (first / "report.html").read_text()
    for section in ("Inside the model", "Learning", "Record"):
        assert section in page and section in before
    assert cli("report", "first").code == 0 and (first / "report.html").read_text() == page


def test_a_run_is_shown_beside_an_earlier_one(cli: Cli, first: Path) -> None:
    other = shutil.copytree(first, first.parent / "other")
    config = (other / "config.toml").read_text()
    (other / "config.toml").write_text(config.replace("batch_size = 200", "batch_size = 100"))
    said = cli("report", "first", "--against", "other")
    assert (said.code, said.out) == (0, "runs/first/report.html\n")
    page = (first / "report.html").read_text()
    assert "Compared with other" in page
    assert re.search("batch_size</th><td>200</td><td>100</td>", page)
    assert 'data-series="validation, other"' in page
    assert cli("report", "other", "--against", "runs/first").code == 0
    assert cli("report", "first").code == 0
    assert "Compared with" not in (first / "report.html").read_text()


def test_a_run_that_is_not_there_cannot_be_compared_with(cli: Cli, first: Path) -> None:
    before = (first / "report.html").read_bytes()
    said = cli("report", "first", "--against", "frist")
    assert said.code == 2 and "no run 'frist' in runs; did you mean 'first'?" in said.err
    (first.parent / "other").mkdir()
    said = cli("report", "first", "--against", "other")
    assert said.code == 2 and "is not a run" in said.err
    assert (first / "report.html").read_bytes() == before


def test_a_damaged_or_unfinished_run_to_compare_with(cli: Cli, first: Path) -> None:
    other = shutil.copytree(first, first.parent / "other")
    (other / "metrics.json").write_text("{")
    said = cli("report", "first", "--against", "other")
    assert said.code == 2 and "other/metrics.json" in said.err
    (other / "metrics.json").unlink()
    (other / "history.csv").unlink()
    assert cli("report", "first", "--against", "other").code == 0


@pytest.mark.parametrize("name", ["machine", "versions", "data_sha256"])
@pytest.mark.parametrize("value", [7, "x", [1], True, 0.5])
def test_metrics_of_other_types_are_refused(
    cli: Cli, first: Path, name: str, value: object
) -> None:
    path = first / "metrics.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {name: value}))
    said = cli("report", "first")
    assert said.code == 2
    assert f"metrics.json: {name}: expected a table, received {value!r}" in said.err


def test_figures_of_other_types_are_shown_as_they_are(cli: Cli, first: Path) -> None:
    odd = {"seconds": "long", "parameters": [1], "images_per_second": 10**400, "seed": None}
    path = first / "metrics.json"
    path.write_text(
        json.dumps(json.loads(path.read_bytes()) | odd | {"machine": None, "x": "\ud800"})
    )
    assert cli("report", "first").code == 0


@pytest.mark.parametrize("loss", ["1e308", "-1e308", "1e39", "nan", "", "x", "9" * 400, "1e-320"])
def test_a_history_of_any_numbers_is_drawn(cli: Cli, first: Path, loss: str) -> None:
    (first / "metrics.json").unlink()
    head, row, *rest = (first / "history.csv").read_text().splitlines()
    cells = row.split(",")
    cells[2] = cells[6] = loss
    (first / "history.csv").write_text("\n".join([head, ",".join(cells), *rest]))
    assert cli("report", "first").code == 0
