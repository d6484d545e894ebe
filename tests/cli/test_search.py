from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("optuna")

from .conftest import Cli

TEXT = """
data = "digits"
epochs = 1
max_train_images = 200
[search]
sampler = "random"
trials = 2
[search.space]
"optimizer.lr" = {log = [1e-3, 1e-1]}
"model.hidden" = [[8]]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "s.toml"
    place.write_text(TEXT)
    return place


def test_a_search_says_what_it_found(cli: Cli, file: Path) -> None:
    said = cli("search", str(file))
    assert said.code == 0 and "Best: trial" in said.out
    assert Path("searches/s/search.html").is_file()
    again = json.loads(cli("search", str(file), "--trials", "3", "--json").out)
    assert len(again["trials"]) == 3


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["--trials", "0"], "--trials: expected"),
        (["--processes", "0"], "--processes: expected"),
        (["--name", "a/b"], "--name: expected the name of a folder"),
        (["--set", "optimizer.lrr=1"], "lrr"),
    ],
)
def test_what_cannot_be_is_one_line(cli: Cli, file: Path, given: list[str], problem: str) -> None:
    said = cli("search", str(file), *given)
    assert said.code == 2 and problem in said.err and said.err.count("\n") == 1
    assert not Path("searches").exists()


def test_a_missing_file_is_one_line(cli: Cli, file: Path) -> None:
    said = cli("search", "none.toml")
    assert said.code == 2 and "none.toml" in said.err and said.err.count("\n") == 1


def test_two_processes_share_one_search(cli: Cli, file: Path) -> None:
    found = json.loads(cli("search", str(file), "--trials", "4", "--processes", "2", "--json").out)
    assert sorted(each["number"] for each in found["trials"]) == [0, 1, 2, 3]
    assert {each["state"] for each in found["trials"]} == {"complete"}
