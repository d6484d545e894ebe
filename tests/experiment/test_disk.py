"""Disks that are full, away or not ours for a while, at any moment of a training."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from chainrule import experiment, files
from chainrule.config import assignments, resolve
from chainrule.errors import ChainruleWarning, InputError
from chainrule.files import WriteFailed
from chainrule.tensorfile import read_tensors
from chainrule.training import Callback, Run, Trainer, checkpoint

SETTINGS = (
    "epochs=4", "batch_size=200", "model.hidden=[16]", "checkpoint.every_steps=2",
    'log.to=["csv"]', "log.every_steps=1",
)  # fmt: skip

ERRORS = ["ENOSPC", "EDQUOT", "EIO", "EACCES", "EROFS", "ESTALE"]


class Disk:
    """Takes nothing in ``folder`` while ``error`` is set, and not the first ``failures`` files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.error, self.failures = folder, "", 0
        self.refused: list[str] = []
        self.real = Path.open

    def open(self, path: Path, mode: str = "r", *more: Any, **options: Any) -> Any:
        inside = self.folder in path.parents and set(mode) & set("wxa+")
        if inside and self.error:
            self.refused.append(path.name)
            self.failures -= 1
            error = self.error
            if self.failures == 0:
                self.error = ""
            raise OSError(getattr(errno, error), os.strerror(getattr(errno, error)), str(path))
        return self.real(path, mode, *more, **options)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk(tmp_path)
    monkeypatch.setattr(Path, "open", lambda path, *a, **k: disk.open(path, *a, **k))
    monkeypatch.setattr(files, "PATIENCE", 1.0)
    monkeypatch.setattr(files, "PAUSE", 0.001)
    monkeypatch.setattr(checkpoint, "AGAIN", 0.0)
    return disk


class Fill(Callback):
    """The disk is full after step ``start`` and has room again after step ``end``."""

    def __init__(self, disk: Disk, start: int, end: int, error: str = "ENOSPC") -> None:
        self.disk, self.start, self.end, self.error = disk, start, end, error

    def on_gradient(self, trainer: Trainer) -> None:
        if trainer.step == self.start:
            self.disk.error = self.error
        if trainer.step == self.end:
            self.disk.error = ""


def train(folder: Path, *callbacks: Callback) -> Run:
    return experiment.start(resolve(assignments(SETTINGS)), folder, callbacks).run


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(tmp_path_factory.mktemp("plain") / "run")


def columns(path: Path, leave: int) -> list[str]:
    """Rows without their last cells, which are times."""
    return [row.rsplit(",", leave)[0] for row in path.read_text().splitlines()]


def assert_whole(run: Run, plain: Run) -> None:
    assert run.finished
    assert not [path for path in run.folder.rglob("*") if path.name.endswith(".tmp")]
    assert columns(run.history, 2) == columns(plain.history, 2)
    assert (run.logs / "steps.csv").read_text() == (plain.logs / "steps.csv").read_text()
    assert run.model.read_bytes() == plain.model.read_bytes()
    mine, theirs = (read_tensors(each.checkpoint)[0] for each in (run, plain))
    assert {name: a.tobytes() for name, a in mine.items()} == {
        name: a.tobytes() for name, a in theirs.items()
    }
    assert run.report.exists()


@pytest.mark.parametrize("error", ERRORS)
def test_a_disk_that_is_full_for_some_steps_costs_nothing(tmp_path, disk, plain, error):
    with pytest.warns(ChainruleWarning, match="goes on, and") as said:
        run = train(tmp_path / "run", Fill(disk, 5, 17, error))
    assert {name.split(".")[1] for name in disk.refused} >= {"history", "model", "step-000000008"}
    assert "steps.csv" in disk.refused
    assert_whole(run, plain)
    assert all(os.strerror(getattr(errno, error)) in str(each.message) for each in said)


@pytest.mark.parametrize("failures", [2, 3, 6])
@pytest.mark.parametrize("end", [0, 27], ids=["begins", "ends"])
def test_a_disk_that_is_full_as_a_training_begins_or_ends_is_waited_for(
    tmp_path, disk, plain, failures, end
):
    class Fail(Callback):
        def on_step(self, trainer):
            if trainer.step == end:
                disk.error, disk.failures = "ENOSPC", failures

    if not end:
        disk.error, disk.failures = "ENOSPC", failures
        with pytest.warns(ChainruleWarning, match="No space left on device"):
            run = train(tmp_path / "run")
    else:
        with pytest.warns(ChainruleWarning, match="No space left on device"):
            run = train(tmp_path / "run", Fail())
    assert_whole(run, plain)


@pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")
@pytest.mark.parametrize("step", [3, 9, 14, 27])
def test_a_disk_that_stays_full_ends_it_with_a_way_on(tmp_path, disk, plain, step):
    with pytest.raises(InputError) as error:
        train(tmp_path / "my run", Fill(disk, step, -1))
    said = str(error.value)
    assert "No space left on device; when it can be written again, go on" in said
    assert said.endswith(f"with: chainrule resume '{tmp_path / 'my run'}'")
    assert "\n" not in said
    run = Run.open(tmp_path / "my run")
    assert not [path for path in run.folder.rglob("*") if path.name.endswith(".tmp")]
    assert run.checkpoint is not None
    read_tensors(run.checkpoint)
    disk.error = ""
    experiment.resume(experiment.reopen(run), run, say=lambda line: None)
    assert_whole(run, plain)


@pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")
def test_a_disk_that_is_full_before_the_start_leaves_no_folder(tmp_path, disk):
    disk.error = "ENOSPC"
    with pytest.raises(WriteFailed, match=r"cannot write .*split\.json: No space"):
        train(tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")
def test_a_kill_before_the_best_model_is_written_loses_no_better_one(tmp_path, disk, plain):
    """The checkpoint says what is in the file, not what waits in memory."""

    class Killed(BaseException):
        pass

    class Kill(Callback):
        def on_step(self, trainer):
            if trainer.step == 26:
                raise Killed

    real = disk.open

    def no_model(path, mode="r", *more, **options):
        if "model.safetensors" in path.name and set(mode) & set("wxa"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, mode, *more, **options)

    disk.open = no_model
    with pytest.raises(Killed):
        train(tmp_path / "run", Kill())
    run = Run.open(tmp_path / "run")
    assert not run.model.exists() and run.checkpoint is not None
    disk.open = real
    experiment.resume(experiment.reopen(run), run, say=lambda line: None)
    assert run.finished and run.model.exists()
