"""Kill it or ask it to stop, at any moment: what comes out in the end is the same."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from chainrule.tensorfile import read_tensors

from .conftest import program

LONG = ("--epochs", "10", "--batch-size", "32", "--set", "checkpoint.every_steps=1")
KILLS = 4


def weights(folder: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """(those of the best model, those of the last step)"""
    best, _ = read_tensors(folder / "model.safetensors")
    last, _ = read_tensors(folder / "checkpoint" / "state.safetensors")
    return tuple({n: a.tobytes() for n, a in arrays.items()} for arrays in (best, last))  # type: ignore[return-value]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("unbroken")
    process = program("train", *LONG, "--name", "run", cwd=runs)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return runs / "runs" / "run"


def wait_for_a_new_checkpoint(process: subprocess.Popen[str], folder: Path) -> bool:
    """Whether one was written before the program ended."""
    checkpoint = folder / "checkpoint" / "state.safetensors"
    known = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
    while process.poll() is None:
        if checkpoint.exists() and checkpoint.stat().st_mtime_ns != known:
            return True
        time.sleep(0.001)
    return False


def test_killed_again_and_again_it_ends_bit_for_bit_the_same(
    unbroken: Path, tmp_path: Path
) -> None:
    folder, moments, killed = tmp_path / "runs" / "run", random.Random(0), 0
    process = program("train", *LONG, "--name", "run", cwd=tmp_path)
    for _ in range(KILLS):
        if not wait_for_a_new_checkpoint(process, folder):
            break
        time.sleep(moments.uniform(0, 0.1))
        process.kill()
        process.communicate()
        killed += 1
        process = program("resume", "run", cwd=tmp_path)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert killed >= 2
    assert not list(folder.rglob(".*.tmp"))
    assert weights(folder) == weights(unbroken)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_saves_and_says_how_to_go_on(
    unbroken: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "runs" / "run"
    process = program("train", *LONG, "--name", "run", cwd=tmp_path)
    assert wait_for_a_new_checkpoint(process, folder)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.startswith("chainrule: interrupted after ")
    assert err.endswith("go on with 'chainrule resume runs/run'\n")
    process = program("resume", "runs/run", cwd=tmp_path)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert weights(folder) == weights(unbroken)
