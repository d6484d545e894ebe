"""Forked children and threads predict and train with their parent's answers, and never hang.

Each kind runs in a process of its own; the time-out only ends one that hangs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from chainrule.kernels import forks

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are POSIX's")

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("fork_program.py")


def run(kind: str, layer: str, **variables: str) -> None:
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, str(PROGRAM), kind],
        env=os.environ
        | {"NUMBA_THREADING_LAYER": layer, "PYTHONPATH": os.pathsep.join(paths)}
        | variables,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (0, "ok\n"), done.stderr[-4000:]


@pytest.mark.parametrize("layer", ["default", "workqueue"])
@pytest.mark.parametrize("kind", ["forks", "pools", "threads", "fork_beside_busy_threads"])
def test_answers_are_the_parents(kind, layer):
    run(kind, layer)


@pytest.mark.parametrize("kind", ["preload", "without_a_pool_to_close", "spawn", "forkserver"])
def test_answers_are_the_parents_on_the_usual_layer(kind):
    run(kind, "default")


def test_a_fork_waits_for_the_first_import_and_compilation(tmp_path):
    run("fork_beside_first_use", "default", NUMBA_CACHE_DIR=str(tmp_path))


def test_one_thread_is_enough():
    run("forks", "default", NUMBA_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")


def fork_and_wait() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_a_fork_waits_for_what_is_quiet_in_another_thread():
    inside, over, ended = threading.Event(), threading.Event(), []

    def work() -> None:
        with forks.quiet():
            inside.set()
            with forks.quiet():  # once more only passes
                over.wait()
            ended.append(forks.threading.get_ident() in forks._inside)

    def helper() -> None:  # may come in for the one that is waited for
        while not forks._closed:
            pass
        with forks.quiet(helping=True):
            over.set()

    threads = [threading.Thread(target=work), threading.Thread(target=helper)]
    for thread in threads:
        thread.start()
    inside.wait()
    fork_and_wait()
    for thread in threads:
        thread.join()
    assert ended == [True]
    assert not forks._inside and not forks._closed


def test_a_fork_inside_its_own_quiet_does_not_wait():
    with forks.quiet():
        fork_and_wait()
    assert not forks._inside


def test_the_child_has_the_locks_and_a_failed_fork_gives_them_back(monkeypatch):
    lock = threading.RLock()
    monkeypatch.setattr(forks, "_kept", [*forks._kept, lock])
    child = os.fork()
    if child == 0:
        free = []
        other = threading.Thread(target=lambda: free.append(lock.acquire(timeout=10)))
        other.start()
        other.join()
        os._exit(0 if free == [True] else 1)
    assert os.waitpid(child, 0)[1] == 0
    forks._before()
    forks._after_in_parent()
    assert lock.acquire(blocking=False)
    lock.release()


def test_a_fork_takes_a_lock_that_comes_while_it_waits_for_another(monkeypatch):
    """As those of the kernels do, which are imported under the first lock."""
    first, later, taken = threading.RLock(), threading.RLock(), threading.Event()
    monkeypatch.setattr(forks, "_kept", [first])

    def importing() -> None:
        with first:
            taken.set()
            while not forks._closed:
                pass
            forks.keep(later)

    thread = threading.Thread(target=importing)
    thread.start()
    taken.wait()
    forks._before()
    try:
        assert forks._held == [first, later]
    finally:
        forks._after_in_parent()
        thread.join()


def test_no_fork_falls_into_the_first_call_of_a_loop():
    """Numba imports most of itself in it: a child could not go on with a half-imported module."""
    loops = pytest.importorskip("chainrule.kernels.cpu.loops")
    loop = loops.Loop(lambda: None)
    loop.serial = lambda: threading.get_ident() in forks._inside
    assert [loop(size=0), loop(size=0)] == [True, False]
