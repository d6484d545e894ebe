"""Configurations and run folders that have been changed at random: one clear line and exit code 2,
or a training that goes on. Never a traceback, never half a file."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from chainrule.config import load
from chainrule.errors import InputError

from ..training.test_mutations import mutate
from .conftest import Cli

WORDS = (
    b"nan", b"inf", b"-1", b"1e999", b"9" * 400, b"true", b'""', b"[]", b"[[", b"{", b"'", b"\x00",
    b"\xff\xfe", b"\n", b"=", b"[a]\n", b"a.b.c = 1\n", b'"\\u0000"', b"1979-05-27", b"[[model]]\n",
)  # fmt: skip
CONFIGURATIONS, RUNS = 60, 25


def mutate_text(content: bytes, rng: np.random.Generator) -> bytes:
    """A configuration with a line, a value or some bytes changed."""
    lines = content.splitlines(keepends=True)
    at = int(rng.integers(len(lines)))
    word = WORDS[int(rng.integers(len(WORDS)))]
    key, equals, _ = lines[at].partition(b"=")
    kind = int(rng.integers(6))
    if kind == 0:
        return mutate(content, rng)
    if kind == 1:
        lines[at] = word
    elif kind == 2:
        lines.insert(at, lines[int(rng.integers(len(lines)))])
    elif kind == 3:
        lines[at] = key[:-2] + word + b" " + equals + b" 1\n"
    else:
        lines[at] = key + equals + b" " + word + b"\n" if equals else word + lines[at]
    return b"".join(lines)


@pytest.mark.parametrize("seed", range(CONFIGURATIONS))
def test_a_changed_configuration_is_one_or_is_refused(
    finished: Path, tmp_path: Path, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    path = tmp_path / "config.toml"
    path.write_bytes(mutate_text((finished / "config.toml").read_bytes(), rng))
    try:
        load(path)
    except InputError as error:
        assert str(error)


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
