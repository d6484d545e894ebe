from __future__ import annotations

import contextvars
import gc
import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from chainrule.data.prefetch import prefetch

PATIENCE = 120  # seconds, which only a failure takes


def loaders():
    return [thread for thread in threading.enumerate() if thread.name == "chainrule loader"]


@pytest.fixture(autouse=True)
def nothing_is_left_running():
    yield
    gc.collect()
    assert loaders() == []


@pytest.mark.parametrize("depth", [1, 2, 50])
def test_the_same_items_in_the_same_order(depth):
    assert list(prefetch(iter(range(20)), depth)) == list(range(20))
    assert list(prefetch([], depth)) == []


def test_no_more_than_the_depth_is_made_ahead():
    made = []

    def items():
        for i in itertools.count():
            made.append(i)
            yield i

    batches = prefetch(items(), depth=2)
    assert next(batches) == 0
    deadline = time.monotonic() + PATIENCE
    while len(made) < 3 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.02)
    assert made == [0, 1, 2]
    batches.close()


def test_it_works_while_the_consumer_does():
    working = threading.Event()

    def items():
        yield 0
        working.set()
        yield 1

    for _ in prefetch(items()):
        assert working.wait(PATIENCE)


def test_an_exception_comes_after_the_items_before_it():
    def items():
        yield 1
        raise ValueError("damaged image")

    got = []
    with pytest.raises(ValueError, match="damaged image"):
        for item in prefetch(items()):
            got.append(item)
    assert got == [1]


def test_it_ends_with_a_consumer_that_breaks():
    for item in prefetch(itertools.count()):
        if item == 3:
            break
    assert loaders() == []


def test_it_ends_with_a_consumer_that_fails():
    with pytest.raises(KeyError):
        for _ in prefetch(itertools.count()):
            raise KeyError
    assert loaders() == []


def test_it_never_begins_if_nothing_is_asked():
    prefetch(itertools.count())
    assert loaders() == []


def test_it_ends_when_it_is_forgotten():
    batches = prefetch(itertools.count())
    next(batches)
    assert len(loaders()) == 1
    del batches
    gc.collect()
    assert loaders() == []


def test_context_variables_hold_inside():
    which = contextvars.ContextVar("which", default="outer")
    which.set("inner")
    assert list(prefetch(which.get() for _ in range(2))) == ["inner", "inner"]


class Interrupted(threading.Thread):
    """Ctrl-C comes while the thread is started, before and after it runs."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.runs = next(self.plans)

    def start(self):
        if self.runs:
            super().start()
        raise KeyboardInterrupt


def test_an_interruption_while_the_thread_starts_ends_it(monkeypatch):
    monkeypatch.setattr(Interrupted, "plans", iter([True, False]), raising=False)
    monkeypatch.setattr(threading, "Thread", Interrupted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            next(prefetch(itertools.count()))
        assert loaders() == []


WAITING = """
import time
from chainrule.data.prefetch import prefetch

def items():
    yield 0
    print("ready", flush=True)
    time.sleep(0.3)
    yield 1

try:
    for item in prefetch(items()):
        while item == 0:
            time.sleep(0.01)
except KeyboardInterrupt:
    import threading
    print(threading.active_count(), flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_control_c_ends_both():
    program = subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        program.send_signal(signal.SIGINT)
        out, _ = program.communicate(timeout=PATIENCE)
    finally:
        program.kill()
        program.wait()
    assert (program.returncode, out) == (0, "1\n")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are POSIX's")
def test_a_forked_child_hears_of_it_instead_of_waiting_for_ever():
    items = prefetch(iter(range(100)))
    assert next(items) == 0
    child = os.fork()
    if child == 0:
        try:
            list(items)
        except RuntimeError as error:
            fresh = list(prefetch(iter(range(3))))
            os._exit(0 if "iterate from the start" in str(error) and fresh == [0, 1, 2] else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert list(items) == list(range(1, 100))
