from __future__ import annotations

import os
import threading

import numpy as np
import pytest

pytest.importorskip("numba")

from chainrule.inference.packing import Packing
from chainrule.inference.program import program
from chainrule.interop.planning import plan
from chainrule.kernels.cpu.prepared import helpers
from chainrule.kernels.cpu.prepared.program import SPACING, run
from tests.interop.cases import conv_model, images


def test_work_is_done_by_others_too(monkeypatch):
    monkeypatch.setattr(helpers, "count", lambda: 3)
    seen, met = set(), threading.Barrier(3)

    def work():
        seen.add(threading.get_ident())
        met.wait(60)

    assert helpers.call(work, 2) == 2
    met.wait(60)
    assert len(seen) == 2 and threading.get_ident() not in seen
    monkeypatch.setattr(helpers, "count", lambda: 1)
    assert helpers.call(work, 2) == 0


def test_what_nobody_has_begun_does_not_pile_up(monkeypatch):
    monkeypatch.setattr(helpers, "count", lambda: 2)
    monkeypatch.setattr(helpers, "_started", 1)  # and none serves this queue
    monkeypatch.setattr(helpers, "_queue", type(helpers._queue)())
    assert [helpers.call(print, 1) for _ in range(3)] == [1, 0, 0]
    assert helpers._queue.qsize() == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are POSIX's")
def test_a_forked_child_has_helpers_of_its_own(monkeypatch):
    monkeypatch.setattr(helpers, "count", lambda: 2)
    helpers.call(lambda: None, 1)
    child = os.fork()
    if child == 0:
        done = threading.Event()
        fresh = helpers._started == 0 and helpers.call(done.set, 1) == 1
        os._exit(0 if fresh and done.wait(60) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_pieces_are_the_same_whoever_takes_them():
    """Alone, and with three others in the same run; one that comes late finds nothing."""
    model = conv_model((33, 20, 3))
    packing = Packing()
    made = program(plan(model, input_dtype="uint8"), 4, packing)
    weights, answers = packing.whole(), []
    x = images(model, 4)
    for threads in (1, 4):
        memory = np.zeros(made.memory, np.float32)
        made.source.view(memory, 4)[...] = x
        counters = np.zeros((len(made.table), 2, SPACING), np.int64)

        def work(memory=memory, counters=counters, shared=threads > 1):
            scratch = np.empty(made.scratch, np.float32)
            run(
                made.table, 0, len(made.table), made.tables, weights, memory, scratch, counters,
                shared, size=0,
            )  # fmt: skip

        others = [threading.Thread(target=work) for _ in range(threads - 1)]
        for each in others:
            each.start()
        work()
        answers.append(made.result.view(memory, 4).copy())
        for each in others:
            each.join()
        if threads > 1:
            memory[:] = 0
            work()
            assert not memory.any()
    np.testing.assert_array_equal(*answers)
