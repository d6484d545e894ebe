"""Run folders that have been changed at random: one clear line and exit code 2, or a training that
goes on to the same end. Never a traceback, never half a file."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from ..fuzz.mutants import mutate, mutate_text
from .conftest import Cli

RUNS = 25


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_run_with_a_changed_file_is_refused_or_goes_on(
    cli: Cli, finished: Path, first: Path, seed: int
) -> None:
    rng = np.random.default_rng(1000 + seed)
    (first / "metrics.json").unlink()
    files = sorted(p for p in first.rglob("*") if p.is_file() and p.name != ".lock")
    path = files[int(rng.integers(len(files)))]
    change = mutate_text if path.suffix == ".toml" else mutate
    path.write_bytes(change(path.read_bytes(), rng))
    said = cli("resume", "first")  # which asserts that a refusal is one line
    assert said.code in (0, 2), said
    assert not list(first.rglob(".*.tmp"))
    if said.code == 0 and path.suffix != ".toml":
        best = (finished / "model.safetensors").read_bytes()
        assert (first / "model.safetensors").read_bytes() == best


@pytest.mark.parametrize("name", ["split.json", "config.toml", "model.safetensors", "history.csv"])
def test_a_run_that_lacks_a_file_says_so_or_does_without(cli: Cli, first: Path, name: str) -> None:
    (first / "metrics.json").unlink()
    (first / name).unlink()
    said = cli("resume", "first")
    assert said.code == (0 if name == "history.csv" else 2)
    assert said.code == 0 or name in said.err


def test_a_checkpoint_folder_that_is_gone_means_a_new_start(
    cli: Cli, finished: Path, first: Path
) -> None:
    (first / "metrics.json").unlink()
    shutil.rmtree(first / "checkpoint")
    assert cli("resume", "first").code == 0
    best = (finished / "model.safetensors").read_bytes()
    assert (first / "model.safetensors").read_bytes() == best
