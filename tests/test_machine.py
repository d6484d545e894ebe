from __future__ import annotations

import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule import machine


def test_machine_says_what_a_timing_depends_on():
    told = machine.machine()
    assert set(told) == {"cpu", "cores", "memory_gib", "os", "python"}
    assert 1 <= told["cores"] <= os.cpu_count()
    assert told["memory_gib"] > 0.1
    assert told["python"].endswith(".".join(map(str, sys.version_info[:3])))
    assert json.loads(json.dumps(told)) == told


def test_it_tells_neither_host_name_nor_paths():
    told = json.dumps([machine.machine(), machine.versions()])
    for name in (socket.gethostname(), str(Path.home())):  # a host may be called "linux"
        assert name not in told or name in f"/{platform.platform()} {machine.machine()['cpu']}"
    assert not re.search(r"[/\\](home|usr|work|root)", told)


def test_a_quota_of_cores_is_respected(monkeypatch):
    monkeypatch.setattr(machine, "_first_line", lambda path: "50000 100000")
    assert machine.usable_cores() == 1
    monkeypatch.setattr(machine, "_first_line", lambda path: None)
    assert machine.usable_cores() >= 1


def test_what_cannot_be_read_is_none(monkeypatch):
    def fails(*_):
        raise OSError

    monkeypatch.setattr(machine, "_first_line", fails)
    monkeypatch.setattr(machine, "_cpu_model", fails)
    told = machine.machine()
    assert (told["cpu"], told["cores"], told["memory_gib"]) == (None, None, None)


def test_versions_are_those_installed_and_nothing_is_imported():
    code = (
        "import sys; from chainrule.machine import versions; import json;"
        "v = versions(); assert not {'numba', 'matplotlib', 'PIL'} & set(sys.modules);"
        "print(json.dumps(v))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    versions = json.loads(done.stdout)
    import numpy as np

    assert versions["numpy"] == np.__version__
    assert versions["blas"]
    assert "chainrule" in versions


def git(folder, *arguments):
    settings = ("user.name=a", "user.email=a@b.c", "commit.gpgsign=false", "core.hooksPath=.none")
    options = [word for setting in settings for word in ("-c", setting)]
    subprocess.run(["git", *options, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("git") is None, reason="no git")
def test_commit_of_a_checkout_clean_and_edited(tmp_path, monkeypatch):
    package = tmp_path / "chainrule"
    package.mkdir()
    monkeypatch.setattr(machine, "__file__", str(package / "machine.py"))
    assert machine.commit() is None
    git(tmp_path, "init")
    assert machine.commit() is None
    (package / "machine.py").write_text("first")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    clean = machine.commit()
    assert re.fullmatch("[0-9a-f]{40}", clean)
    (tmp_path / "result.json").write_text("a file of somebody else")
    assert machine.commit() == clean
    (package / "machine.py").write_text("second")
    assert machine.commit() == clean + "+"


@pytest.mark.parametrize(
    ("environment", "cores", "bound", "threads"),
    [
        ({}, 8, 8, None),
        ({"MPI_LOCALNRANKS": "1"}, 8, 8, None),
        ({"MPI_LOCALNRANKS": "four"}, 8, 8, None),
        ({"MPI_LOCALNRANKS": "4"}, 8, 8, "2"),
        ({"OMPI_COMM_WORLD_LOCAL_SIZE": "4"}, 8, 1, "1"),  # bound to a core
        ({"OMPI_COMM_WORLD_LOCAL_SIZE": "4"}, 16, 8, "4"),  # to a socket, with one other
        ({"MPI_LOCALNRANKS": "16"}, 8, 8, "1"),
        ({"MPI_LOCALNRANKS": "4", "NUMBA_NUM_THREADS": "3"}, 8, 8, None),
    ],
)
def test_processes_that_mpiexec_starts_share_the_cores_of_their_host(
    monkeypatch, environment, cores, bound, threads
):
    for name in [*machine.LOCAL_SIZES, *sum(machine.THREAD_SETTINGS.values(), ())]:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(machine, "usable_cores", lambda: bound)
    monkeypatch.setattr(machine.os, "cpu_count", lambda: cores)
    monkeypatch.setattr(
        machine.os, "sched_getaffinity", lambda pid: set(range(bound)), raising=False
    )
    said = machine.threads_beside_others()
    assert set(said.values()) == ({threads} if threads else set())
    assert not said or "NUMBA_NUM_THREADS" in said


@pytest.mark.parametrize(("given", "threads"), [(None, 8), ("", 8), ("3", 3), (" 1 ", 1)])
def test_compiled_loops_have_the_threads_that_the_environment_says(monkeypatch, given, threads):
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    if given is not None:
        monkeypatch.setenv("NUMBA_NUM_THREADS", given)
    monkeypatch.setattr(machine, "usable_cores", lambda: 8)
    assert machine.loop_threads() == threads
