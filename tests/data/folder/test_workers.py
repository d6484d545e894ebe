from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

from chainrule.data.folder import worker, workers
from chainrule.data.folder.tasks import TASKS
from chainrule.data.folder.workers import work
from chainrule.errors import InputError

from ..image_files import make_images


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    root = make_images(tmp_path / "p", {"a": 70})
    (root / "a" / "7.png").write_bytes(b"")
    return [str(root / "a" / f"{i}.png") for i in range(70)]


OPTIONS = {"image_shape": (4, 4, 1), "resize": "stretch"}


def run(paths: list[str], folder: Path) -> tuple[dict[int, str], np.ndarray, list[int]]:
    done: list[int] = []
    outputs = [(folder / "digests", 16), (folder / "pixels", 16)]
    failed = work("decode", OPTIONS, paths, outputs, lambda n, of: done.append(n))
    return failed, np.fromfile(folder / "pixels", np.uint8).reshape(-1, 4, 4), done


def test_many_processes_do_what_one_does(paths, tmp_path, monkeypatch) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "many").mkdir()
    failed, pixels, done = run(paths, tmp_path / "one")
    assert failed == {7: "it is empty"}
    assert (pixels[7] == 0).all()
    assert done == [32, 64, 70]
    monkeypatch.setattr(workers, "ALONE", 10)
    failed, same, done = run(paths, tmp_path / "many")
    assert failed == {7: "it is empty"}
    assert (same == pixels).all()
    assert sorted(done)[-1] == 70


DEADLY = """
import os, signal, time
from chainrule.data.folder import worker
from chainrule.data.folder.tasks import TASKS
decode = TASKS["decode"]
def deadly(path, **options):
    if path.endswith("/13.png"):
        os.kill(os.getpid(), signal.SIGKILL)
    if path.endswith("/40.png"):
        open(f"hangs-{os.getpid()}", "w").close()
        time.sleep(600)
    return decode(path, **options)
TASKS["decode"] = deadly
worker.main()
"""


class Watch(threading.Thread):
    """Instead of a timer: its time is up when the worker that it would end says that it hangs."""

    def __init__(self, seconds, end):
        super().__init__(daemon=True)
        assert seconds > workers.PATIENCE
        self.end, self.over = end, threading.Event()

    def run(self):
        hangs = Path(f"hangs-{self.end.__self__.pid}")
        while not self.over.wait(0.005):
            if hangs.exists():
                self.end()
                return

    def cancel(self):
        self.over.set()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs the signals of Unix")
def test_an_image_that_crashes_or_hangs_its_decoder_is_named(paths, tmp_path, monkeypatch) -> None:
    import subprocess

    start = subprocess.Popen
    monkeypatch.setattr(workers, "ALONE", 10)
    monkeypatch.setattr(threading, "Timer", Watch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        subprocess, "Popen", lambda args, **given: start([args[0], "-c", DEADLY], **given)
    )
    failed, pixels, _ = run(paths, tmp_path)
    assert failed == {
        7: "it is empty",
        13: "its decoder crashed or took too long",
        40: "its decoder crashed or took too long",
    }
    assert (pixels.reshape(70, -1) == 0).all(axis=1).nonzero()[0].tolist() == [7, 13, 40]


def test_without_processes_it_is_done_here(paths, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(workers, "ALONE", 10)
    monkeypatch.setattr(workers.sys, "executable", "/nowhere/python")
    failed, pixels, _ = run(paths, tmp_path)
    assert failed == {7: "it is empty"}
    assert (pixels[69] != 0).any()


def test_what_cannot_be_written_is_an_input_error(paths, tmp_path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*nowhere"):
        work("decode", OPTIONS, paths[:2], [(tmp_path / "nowhere" / "a", 16)] * 2)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of Unix")
def test_pipes_folders_and_files_that_are_not_there(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    paths = [str(tmp_path / name) for name in ("pipe", ".", "none")]
    failed = worker.do(TASKS["digest"], {}, [], 0, paths)
    assert failed == {
        0: "expected a regular file, received a pipe",
        1: "expected a regular file, received a folder",
        2: "No such file or directory",
    }
