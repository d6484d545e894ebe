from __future__ import annotations

import math
import mmap
import sys

import numpy as np
import pytest

from chainrule.bench import memory

MEGABYTE = 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_the_peak_knows_what_is_gone_and_can_forget():
    before = memory.now()
    # of the system: the heap may have as much free, which was in memory all the time
    block = mmap.mmap(-1, 64 * MEGABYTE)
    np.frombuffer(block, np.uint8)[:] = 1
    assert memory.now() - before > 48 * MEGABYTE
    block.close()
    assert memory.peak() - before > 48 * MEGABYTE
    memory.forget_peak()
    assert memory.peak() - before < 48 * MEGABYTE


def test_where_it_cannot_be_asked_it_is_nan(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "STATUS", tmp_path / "none")
    assert math.isnan(memory.now())
