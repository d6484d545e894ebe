"""Kill it or ask it to stop, at any moment: what comes out in the end is the same."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from chainrule.tensorfile import read_tensors
from chainrule.training import Run
from chainrule.training.run import exclusive

from .conftest import SHORT, Cli, program, without_announcement

LONG = ("--epochs", "5", "--batch-size", "32", "--set", "checkpoint.every_steps=1")
KILLS = 5
PATIENCE = 900  # seconds, which only a failure takes

EVERYTHING = (
    *SHORT,
    *("--set", "snapshots.cycles=2", "--set", "average.kind=ema", "--set", "clip.kind=norm"),
    *("--set", "log.gradients=true", "--set", "log.every_steps=3"),
    *("--set", "checkpoint.every_steps=4", "--set", "early_stopping.patience=9"),
)


def written(folder: Path) -> dict[str, Any]:
    """All that a run leaves, but for the times."""
    run = Run.open(folder)
    assert run.checkpoint is not None
    arrays, metadata = read_tensors(run.checkpoint)
    for row in metadata["callbacks"][0][1]["rows"]:
        del row["seconds"], row["images_per_second"]
    others = metadata["callbacks"][1:]
    left = {
        "best": run.model.read_bytes(),
        "arrays": {name: array.tobytes() for name, array in arrays.items()},
        "rest": (metadata["trainer"], metadata["callbacks"][0][1]["rows"], others),
    }
    logs = (run.logs / "gradients.csv", run.logs / "steps.csv")
    files = [*run.snapshots.glob("*"), *(log for log in logs if log.exists())]
    return left | {path.name: path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("unbroken")
    process = program("train", *LONG, "--name", "run", cwd=runs)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return runs / "runs" / "run"


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("everything")
    process = program("train", *EVERYTHING, "--name", "run", cwd=runs)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return runs / "runs" / "run"


def test_killed_again_and_again_it_ends_bit_for_bit_the_same(
    unbroken: Path, tmp_path: Path
) -> None:
    folder, moments = tmp_path / "runs" / "run", random.Random(0)
    command = ("train", *LONG, "--name", "run")
    for _ in range(KILLS):
        number, after = moments.randint(1, 20), moments.uniform(0.001, 0.1)
        killed = signal.SIGKILL
        code, err = end_at("rename .step-*", number, killed, tmp_path, command, after)
        assert (code, err) == (-killed, "")
        command = ("resume", "run")
    process = program(*command, cwd=tmp_path)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert not list(folder.rglob(".*.tmp"))
    assert written(folder) == written(unbroken)


def end_at(
    what: str,
    number: int,
    by: signal.Signals,
    folder: Path,
    command: Sequence[str] = ("train", *EVERYTHING, "--name", "run"),
    after: float | None = None,
) -> tuple[int, str]:
    """Train in ``folder`` until so many seconds after that moment: (exit code, what it said on
    stderr)."""
    faults = Path(__file__).with_name("faults.py")
    done = subprocess.run(
        [sys.executable, str(faults), by.name, what, str(number), *command],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | ({} if after is None else {"AFTER": str(after)}),
    )
    return done.returncode, without_announcement(done.stderr)


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("open .step-*", 2),
        ("sync .step-*", 1),  # half of the first checkpoint: there is none yet
        ("sync .step-*", 3),  # half of a later one
        ("rename .step-*", 4),
        ("remove step-*", 1),  # the new one is there, and so is the one that is to go
        ("rename .model.*", 2),  # a better model, noted in no checkpoint
        ("sync .snapshot-*", 2),
        ("open gradients.csv", 3),  # the steps have been logged that will be taken again
        ("sync .report.*", 1),
        ("rename .metrics.*", 1),
    ],
)
def test_killed_between_two_writes_it_ends_bit_for_bit_the_same(
    cli: Cli, everything: Path, tmp_path: Path, what: str, number: int
) -> None:
    code, err = end_at(what, number, signal.SIGKILL, tmp_path)
    assert (code, err) == (-signal.SIGKILL, "")
    folder = tmp_path / "runs" / "run"
    assert not Run(folder).finished
    assert cli("resume", "run").code == 0
    assert Run(folder).finished
    assert not list(folder.rglob(".*.tmp"))
    assert written(folder) == written(everything)


def test_killed_before_it_is_a_run_it_can_be_started_again(cli: Cli, tmp_path: Path) -> None:
    code, _ = end_at("rename .config.toml*", 1, signal.SIGKILL, tmp_path)
    assert code == -signal.SIGKILL
    assert "runs/run is not a run: it has no config.toml" in cli("resume", "run").err
    assert cli("train", *SHORT, "--name", "run").code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_saves_and_says_how_to_go_on(
    unbroken: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "runs" / "run"
    command = ("train", *LONG, "--name", "run")
    code, err = end_at("rename .step-*", 3, number, tmp_path, command, after=0.03)
    assert code == 130
    assert err.startswith("chainrule: interrupted after ")
    assert err.endswith("go on with: chainrule resume runs/run\n")
    process = program("resume", "runs/run", cwd=tmp_path)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert written(folder) == written(unbroken)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("what", ["sync .report.*", "open .metrics.*"])
def test_asked_to_stop_when_all_is_learned_nothing_is_lost(
    cli: Cli, everything: Path, tmp_path: Path, what: str, number: signal.Signals
) -> None:
    code, err = end_at(what, 1, number, tmp_path)
    assert code == 130
    assert err.startswith("chainrule: interrupted after 21 steps, 3 of 3 epochs done; go on with")
    folder = tmp_path / "runs" / "run"
    assert not Run(folder).finished
    assert not list(folder.rglob(".*.tmp"))
    assert cli("resume", "run").code == 0
    assert written(folder) == written(everything)


def test_two_processes_cannot_be_in_one_run(cli: Cli, first: Path) -> None:
    (first / "metrics.json").unlink()
    before = {path: path.read_bytes() for path in first.rglob("*") if path.is_file()}
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(first)],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None and other.stdout.readline() == "in\n"
    said = cli("resume", "first")
    assert said.code == 2
    assert f"runs/first is in use by another process, {other.pid}: wait" in said.err
    assert before.items() <= {p: p.read_bytes() for p in first.rglob("*") if p.is_file()}.items()
    other.kill()  # and leaves its lock file behind
    other.communicate()
    assert cli("resume", "first").code == 0


HOLD = """
import sys
from pathlib import Path
from chainrule.training.run import exclusive
with exclusive(Path(sys.argv[1])):
    print("in", flush=True)
    sys.stdin.read()
"""


def test_a_lock_file_of_a_process_that_is_gone_locks_nobody_out(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("")
    (tmp_path / ".holder.json").write_text('{"pid": 1}')
    with exclusive(tmp_path):
        assert json.loads((tmp_path / ".holder.json").read_text()) == {"pid": os.getpid()}
