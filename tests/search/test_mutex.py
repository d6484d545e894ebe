from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from chainrule.search import mutex
from chainrule.search.mutex import FileMutex
from chainrule.search.worker import this_host


def test_one_at_a_time_enters(tmp_path):
    inside, most = 0, []

    def enter() -> None:
        nonlocal inside
        lock = FileMutex(tmp_path / "study")
        for _ in range(20):
            with lock():
                inside += 1
                most.append(inside)
                inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 80
    assert not (tmp_path / "study.lock").exists()


PROGRAM = """
import os, sys
from pathlib import Path
from chainrule.search.mutex import FileMutex
FileMutex(Path(sys.argv[1])).acquire()
os._exit(9)
"""


def test_what_a_killed_process_of_this_host_held_is_free_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(mutex, "GRACE", 3600)
    place = tmp_path / "study"
    subprocess.run([sys.executable, "-c", PROGRAM, str(place)], check=False)
    assert json.loads((tmp_path / "study.lock").read_text())["host"] == this_host().host
    with FileMutex(place)():
        assert json.loads((tmp_path / "study.lock").read_text())["host"]


@pytest.mark.parametrize("said", ["", "{", '{"host": "elsewhere", "boot": "1"}'])
def test_what_another_host_left_is_free_once_it_has_not_changed_for_a_while(
    tmp_path, monkeypatch, said
):
    now = 0.0

    def pass_by(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(mutex, "monotonic", lambda: now)
    monkeypatch.setattr(mutex, "sleep", pass_by)
    file = tmp_path / "study.lock"
    file.write_text(said)
    with FileMutex(tmp_path / "study")():
        assert mutex.GRACE < now < mutex.GRACE + 1
    assert not file.exists() and not [*tmp_path.glob("study.lock.*")]


def test_a_lock_that_changes_hands_is_waited_for(tmp_path, monkeypatch):
    now, file = 0.0, tmp_path / "study.lock"

    def pass_by(seconds: float) -> None:
        nonlocal now
        now += seconds
        if now < 100:
            file.write_text(f"holder {int(now) // 20}")
            os.utime(file, ns=(1, int(now) // 20))
        else:
            file.unlink(missing_ok=True)

    monkeypatch.setattr(mutex, "monotonic", lambda: now)
    monkeypatch.setattr(mutex, "sleep", pass_by)
    file.write_text("holder")
    with FileMutex(tmp_path / "study")():
        assert now >= 100


def test_who_was_taken_for_dead_does_not_take_the_lock_of_the_next(tmp_path):
    file = tmp_path / "study.lock"
    first = FileMutex(tmp_path / "study")
    first.acquire()
    file.write_text("another holder")
    first.release()
    assert file.read_text() == "another holder"


def test_a_lock_that_was_judged_too_late_is_given_back(tmp_path):
    file = tmp_path / "study.lock"
    file.write_text("a quicker one")
    FileMutex(tmp_path / "study")._take_away(b"the dead one")
    assert file.read_text() == "a quicker one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study.lock"]


def test_a_folder_without_locks_of_the_kernel_has_those_of_files(tmp_path, monkeypatch):
    import contextlib

    monkeypatch.setattr(mutex, "locked", lambda path, timeout: contextlib.nullcontext(False))
    with FileMutex(tmp_path / "study")():
        assert (tmp_path / "study.lock").exists()


def test_on_a_full_disk_a_lock_without_a_name_holds_and_is_given_back(tmp_path, monkeypatch):
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mutex.os, "write", full)
    with FileMutex(tmp_path / "study")():
        assert (tmp_path / "study.lock").read_bytes() == b""
    assert not (tmp_path / "study.lock").exists()


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        FileMutex(tmp_path / "none" / "study").acquire()
