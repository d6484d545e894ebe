from __future__ import annotations

import json
import multiprocessing
import signal
import subprocess
import sys

import pytest

from chainrule.bench.frameworks import FRAMEWORKS, OURS
from chainrule.bench.neighbor import ROUNDS, busy, neighbor, table
from chainrule.bench.nets import NETS
from chainrule.bench.options import BenchOptions


def test_the_busy_process_is_there_inside_only():
    with busy():
        (process,) = multiprocessing.active_children()
        assert process.is_alive()
    assert not process.is_alive()


def test_steps_are_timed_alone_and_beside_it():
    said: list[str] = []
    options = BenchOptions([NETS["mlp"]], [FRAMEWORKS[OURS]], batch_size=4, steps=2)
    (record,) = neighbor(options, said.append)
    row = record["rows"][OURS]
    assert row["alone"] > 0 and abs(row["kept"] - row["beside"] / row["alone"]) < 0.01
    assert json.loads(json.dumps(record)) == record and ROUNDS > 1
    assert table(record) in said[-1]


KILLED = """
import os
from chainrule.bench.neighbor import busy
if __name__ == "__main__":
    with busy():
        os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs the signals of Unix")
def test_the_busy_process_ends_with_a_program_that_is_killed():
    # both write to the pipe, so it is at its end once both have ended
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, timeout=300)
    assert done.returncode == -signal.SIGKILL
