from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from chainrule.cli import main

from .conftest import Cli


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No data of this machine are in sight."""
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_the_digits_are_there_and_good(cli: Cli) -> None:
    said = cli("data", "verify", "digits")
    assert said.code == 0
    assert "digits.npz" in said.out
    assert cli("data", "fetch", "digits").code == 0


def test_files_that_are_missing_fail_the_check(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["data", "verify", "mnist"]) == 1
    assert capfd.readouterr().out.count("BAD") == 4


def test_files_that_are_not_what_they_are_called_are_not_taken_in(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b"something else"))
    said = cli("data", "import", "mnist", "train-labels-idx1-ubyte.gz")
    assert said.code == 2
    assert "train-labels-idx1-ubyte" in said.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", ["fetch", "verify"])
def test_an_unknown_data_set_gets_the_nearest_one(cli: Cli, command: str) -> None:
    said = cli("data", command, "mnits")
    assert said.code == 2
    assert "unknown data set 'mnits'; did you mean 'mnist'?" in said.err
