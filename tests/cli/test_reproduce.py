from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Cli


def test_every_recipe_is_listed_with_what_the_report_states(cli: Cli) -> None:
    lines = cli("reproduce").out.splitlines()
    assert any(line.startswith("A-mnist-mlp") and "98.05%" in line for line in lines)
    records = json.loads(cli("reproduce", "--json").out)
    assert {"A-overfit-50", "E-sizes", "record-mnist"} <= {record["name"] for record in records}


def test_all_results_as_a_page(cli: Cli, tmp_path: Path) -> None:
    said = cli("reproduce", "--html", str(tmp_path / "all.html"))
    assert said.code == 0 and "E-coarse-to-fine" in (tmp_path / "all.html").read_text("utf-8")


def test_a_quick_measurement_of_the_gradient_check(cli: Cli, tmp_path: Path) -> None:
    runs, results = tmp_path / "runs", tmp_path / "results"
    said = cli(
        "reproduce", "A-gradient-check", "--quick", "--runs", str(runs), "--results", str(results)
    )
    assert said.code == 0 and "quick, no result" in said.out and not results.exists()
    assert (runs / "A-gradient-check-quick" / "page.html").is_file()
    whole = cli("reproduce", "A-gradient-check", "--json", "--runs", str(runs), "--results",
                str(results))  # fmt: skip
    assert json.loads(whole.out)["reached"] and (results / "A-gradient-check.json").is_file()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["A-overfit-5"], "did you mean 'A-overfit-50'"),
        (["--quick"], "--quick: expected the name of a recipe"),
        (["--seeds", "2"], "--seeds: expected the name of a recipe"),
        (["--precision", "bfloat16"], "--precision: expected the name of a recipe"),
        (["A-mnist-mlp", "--precision", "bf16"], "unknown precision 'bf16'"),
        (["--restart"], "--restart: expected the name of a recipe"),
        (["A-mnist-mlp", "--seeds", "0"], "--seeds: expected a whole number of at least 1"),
        (["A-mnist-mlp", "--html", "x.html"], "--html is for all recipes"),
    ],
)
def test_what_cannot_be_is_one_line(cli: Cli, given: list[str], said: str) -> None:
    found = cli("reproduce", *given)
    assert found.code == 2 and said in found.err and found.err.count("\n") == 1
