"""chainrule cost, what train says of it, and trainings that would not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import SHORT, Cli


def test_the_table_and_the_price(cli: Cli) -> None:
    said = cli("cost", "convnet", "--batch-size", "32")
    assert said.code == 0
    lines = said.out.splitlines()
    header = next(line for line in lines if line.startswith("layer "))
    assert header.split()[-1] == "ms"
    assert any(line.split()[:2] == ["layers.1", "Conv2d"] for line in lines)
    assert any("a step of 32 images" in line for line in lines)
    assert lines[-2].startswith("cost      ") and lines[-1].startswith("time      about ")


def test_train_says_it_in_two_lines(cli: Cli) -> None:
    out = cli("train", *SHORT).out
    assert "\ncost      " in out and "operations an image forward" in out and " at the peak" in out
    assert "\ntime      about " in out and " an epoch, " in out


@pytest.mark.parametrize("command", ["train", "cost", "doctor"])
def test_weights_that_do_not_fit_are_refused_before_a_folder_is_made(
    cli: Cli, command: str, tmp_path: Path
) -> None:
    said = cli(command, "--set", "model.hidden=[1000000,1000000]")
    assert said.code == 2
    assert "no batch size fits" in said.err
    assert not (tmp_path / "runs").exists()
