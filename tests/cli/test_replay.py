from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from chainrule.training.step_ring import LastSteps

from .conftest import Cli, program

BAD = ("--set", "optimizer.name=sgd", "--set", "optimizer.lr=1e15", "--set", "model.norm=none")


def test_a_nan_names_the_command_that_shows_it(cli: Cli, tmp_path: Path) -> None:
    ended = cli("train", *BAD, "--epochs", 2, "--name", "bad")
    assert ended.code == 1
    assert "; chainrule replay runs/bad --step " in ended.err
    step = int(ended.err.split("--step ")[1].split()[0])
    said = cli("replay", "bad")
    assert said.code == 0
    assert f"step       {step}: epoch 1" in said.out
    assert "the first whose loss is not finite" in said.out
    assert "the learning rate is too large" in said.out
    assert f"images     runs/bad/replay-{step}.png" in said.out.replace("\\", "/")
    assert (tmp_path / "runs" / "bad" / f"replay-{step}.png").is_file()


def test_as_json(cli: Cli, first: Path, tmp_path: Path) -> None:
    said = cli("replay", "first", "--step", 5, "--json", "--out", "batch.svg")
    found = json.loads(said.out)
    assert (found["step"], found["exact"], found["picture"]) == (5, True, "batch.svg")
    assert found["loss"] == found["recorded"]
    assert found["updates"][0]["path"] == "layers.2.weight"
    assert (tmp_path / "batch.svg").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing",), "no run 'nothing' in runs"),
        (("first", "--step", "0"), "--step: expected a whole number of at least 1, received 0"),
        (("first", "--step", "99999"), "--step: expected one of the recorded steps, 1 to "),
        (("first", "--out", "batch.txt"), "expected a suffix of .png"),
        (("first", "--out", "nowhere/batch.png"), "there is no folder nowhere"),
    ],
)
def test_what_is_refused(cli: Cli, first: Path, words: tuple[str, ...], message: str) -> None:
    said = cli("replay", *words)
    assert said.code == 2
    assert message in said.err


def test_a_run_of_before_there_was_a_record(cli: Cli, first: Path) -> None:
    (first / "last-steps.bin").unlink()
    said = cli("replay", "first")
    assert said.code == 2
    assert "has no record of its steps" in said.err


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed by a signal")
def test_a_training_that_was_killed_is_replayed(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    # Many are kept, since a replay begins some steps before the one that it shows.
    steps = ("--set", "checkpoint.every_steps=10", "--set", "checkpoint.keep=9")
    training = program(
        "train", "--epochs", 10_000, "--batch-size", 200, "--set", "model.hidden=[16]", *steps,
        "--name", "killed", "--runs", runs,
    )  # fmt: skip
    ring = runs / "killed" / "last-steps.bin"
    try:
        while not (ring.is_file() and len(LastSteps.read(ring).records) > 40):
            assert training.poll() is None
            time.sleep(0.02)
    finally:
        os.kill(training.pid, signal.SIGKILL)
        training.communicate()
    last = int(LastSteps.read(ring).records["step"][-1])
    replay = program("replay", "killed", "--step", last, "--json", "--runs", runs)
    found = json.loads(replay.communicate()[0])  # on one thread, as it was trained
    assert found["exact"] and found["compared"] == last - found["start"] > 0
    assert found["start"] >= 10
