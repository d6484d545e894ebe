"""Real ranks: MPICH, as ``pip install 'chainrule[mpi]'`` brings it, and Open MPI where it is."""

import contextlib
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from chainrule.config import assignments, resolve
from chainrule.experiment import start
from tests.distributed import program

pytest.importorskip("mpi4py")

BESIDE = Path(sys.executable).with_name("mpiexec")
MPICH = str(BESIDE) if BESIDE.exists() else shutil.which("mpiexec.mpich")
OPEN_MPI = shutil.which("mpiexec.openmpi")
LAUNCHERS = {
    "mpich": [MPICH],
    "openmpi": [OPEN_MPI, "--allow-run-as-root", "--oversubscribe"],
}
PATIENCE = 300
SETTINGS = ("model.hidden=[16]", "model.norm=batch", "sync_batch_norm=true", "optimizer.name=sgd")
SMALL = tuple(word for setting in SETTINGS for word in ("--set", setting))

with_mpich = pytest.mark.skipif(MPICH is None, reason="no MPICH")
with_open_mpi = pytest.mark.skipif(OPEN_MPI is None, reason="no Open MPI")
each_launcher = pytest.mark.parametrize(
    "launcher",
    [pytest.param("mpich", marks=with_mpich), pytest.param("openmpi", marks=with_open_mpi)],
)


def environment():
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONPATH": str(Path(__file__).parents[2])}


def started(launcher, ranks, *arguments):
    command = [*LAUNCHERS[launcher], "-n", str(ranks), sys.executable, *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def ended(process):
    try:
        return *process.communicate(timeout=PATIENCE), process.returncode
    finally:
        if process.poll() is None:
            process.kill()


def chainrule(command, *arguments):
    return "-m", "chainrule", command, *map(str, arguments)


@pytest.fixture(scope="module")
def alone():
    return {name: program.losses(None, np.dtype(name).type) for name in ("float32", "float64")}


@each_launcher
def test_the_losses_are_those_of_one_process(launcher, alone):
    ranks = 3 if launcher == "mpich" else 4
    out, err, code = ended(started(launcher, ranks, "-m", "tests.distributed.program"))
    assert code == 0, err
    told = json.loads(out)
    assert [rank for rank, _ in told["ranks"]] == list(range(ranks))
    for name, tolerance in (("float32", 1e-5), ("float64", 1e-12)):
        losses, validation = told[name]
        np.testing.assert_allclose(
            losses[: program.STEPS], alone[name][0][: program.STEPS], rtol=tolerance
        )
        assert validation == pytest.approx(alone[name][1], rel=10 * tolerance)


def rank_process(run, rank):
    """The process of a rank, as the system lists it."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            settings = (folder / "environ").read_bytes().split(b"\0")
            ours = b"chainrule" in words and str(run.parent).encode() in words
            names = (f"PMI_RANK={rank}", f"OMPI_COMM_WORLD_RANK={rank}")
            if ours and any(name.encode() in settings for name in names):
                return int(folder.name)
    raise AssertionError(f"no process of rank {rank}")


def wait_for(condition, process):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.05)


def train_until_checkpoint(launcher, ranks, run, *more):
    process = started(
        launcher, ranks,
        *chainrule("train", "--runs", run.parent, "--name", run.name, "--epochs", 100_000, *SMALL,
                   "--set", "checkpoint.every_steps=5", *more),
    )  # fmt: skip
    wait_for(lambda: any((run / "checkpoint").glob("*.safetensors")), process)
    wait_for((run / "history.csv").exists, process)
    return process


linux = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds ranks in /proc")


@linux
@each_launcher
def test_a_rank_that_dies_is_named_and_the_run_goes_on_with_another_number(launcher, tmp_path):
    run = tmp_path / "run"
    process = train_until_checkpoint(launcher, 2, run)
    victim = rank_process(run, 1)
    os.kill(victim, signal.SIGKILL)
    _, err, code = ended(process)
    assert code != 0
    assert f"rank 1 (process {victim} on " in err and "has died" in err
    assert f"chainrule resume {run}" in err
    if launcher != "mpich":
        return
    # the last checkpoint is intact, and three ranks take it from there
    history = run / "history.csv"
    lines = history.read_text().count("\n")
    again = started(launcher, 3, *chainrule("resume", run))
    wait_for(lambda: history.read_text().count("\n") > lines + 2, again)
    again.send_signal(signal.SIGINT)
    ended(again)
    rows = list(csv.DictReader(history.read_text().splitlines()))
    assert [int(row["epoch"]) for row in rows] == list(range(1, len(rows) + 1))
    notes = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [note["ranks"] for note in notes if "ranks" in note] == [2, 3]


HANGS = """
import os, signal
import chainrule as cr

group = cr.distributed.world()
with cr.distributed.watch(group, 2, hint="go on"):
    group.exchange("here")
    if group.rank == 1:
        print(os.getpid(), flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
    group.exchange("never")
"""


@linux
@each_launcher
def test_a_rank_that_hangs_is_named_and_ends_the_job(launcher):
    out, err, code = ended(started(launcher, 2, "-c", HANGS))
    assert code != 0
    assert f"chainrule: rank 1 (process {int(out)} on " in err
    assert "has not answered for 2 s, and the job is ended; go on" in err


@with_mpich
def test_ranks_with_other_settings_are_refused_in_one_line(tmp_path):
    train = chainrule("train", "--runs", tmp_path, "--epochs", 1, "--seed")
    process = started("mpich", 1, *train, "0", ":", "-n", "1", sys.executable, *train, "1")
    out, err, code = ended(process)
    assert code == 2 and out == ""
    assert err.strip() == (
        "chainrule: seed: expected the same on every rank, received 0 on rank 0 and 1 on rank 1; "
        "give every rank the same configuration"
    )
    assert not list(tmp_path.iterdir())


@with_mpich
def test_a_trained_run_is_that_of_one_process_with_a_timeline(tmp_path):
    options = ("--runs", tmp_path, "--epochs", 2, *SMALL)
    out, err, code = ended(
        started("mpich", 2, *chainrule("train", *options, "--name", "two", "--trace",
                                       tmp_path / "trace.json"))
    )  # fmt: skip
    assert code == 0, err
    assert out.count("test accuracy") == 1 and "2 over MPICH" in out
    start(resolve(assignments(["epochs=2", *SETTINGS])), tmp_path / "one")
    one, two = (
        json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("one", "two")
    )
    assert two["test_loss"] == pytest.approx(one["test_loss"], rel=1e-4)
    files = [{p.name for p in (tmp_path / name).iterdir()} for name in ("one", "two")]
    assert files[0] - files[1] == {"last-steps.bin"} and files[1] <= files[0]
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    names = {event["name"] for event in events}
    assert {"forward", "backward", "update", "all-reduce 0", "statistics", "validation"} <= names
    assert {event["pid"] for event in events} == {0, 1}
    assert all(event["dur"] >= 0 for event in events if event["ph"] == "X")


@with_mpich
def test_too_few_images_for_the_ranks_is_said_before_a_run_is_made(tmp_path):
    process = started("mpich", 2, *chainrule("train", "--runs", tmp_path, "--batch-size", 3))
    out, err, code = ended(process)
    assert code == 2 and out == ""
    assert err.startswith("chainrule: batch_size: expected at least 4 for 2 ranks")
    assert err.count("\n") == 1 and not list(tmp_path.iterdir())


def as_rank(code, **settings):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env={**environment(), "PMI_RANK": "0", "PMI_SIZE": "2", **settings},
    )  # fmt: skip


def test_without_mpi4py_a_line_says_what_to_install():
    done = as_rank(
        "import sys; sys.modules['mpi4py'] = None\n"
        "from chainrule.cli import main; sys.exit(main(['train']))"
    )
    assert done.returncode == 2
    assert done.stderr.startswith("chainrule: mpiexec: expected mpi4py")
    assert "pip install 'chainrule[mpi]'" in done.stderr and done.stderr.count("\n") == 1


def test_without_a_library_of_mpi_a_line_says_what_to_install():
    done = as_rank(
        "import sys; from chainrule.cli import main; sys.exit(main(['train']))",
        MPI4PY_MPIABI="nonesuch",
    )
    assert done.returncode == 2
    assert "no MPI library that it can load" in done.stderr and done.stderr.count("\n") == 1


@with_mpich
@with_open_mpi
def test_the_launcher_of_another_mpi_is_told(monkeypatch):
    monkeypatch.setenv("MPI4PY_MPIABI", "openmpi")
    _, err, code = ended(started("mpich", 2, *chainrule("train")))
    assert code == 2
    assert "expected the launcher of the MPI that mpi4py uses, Open MPI" in err
