"""How much of its speed a training keeps beside a process that uses a core all the time.

A framework whose threads wait for one another loses more than its share: the thread that has no
core at the moment holds up all the others.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from . import tables
from .options import BenchOptions, Say
from .timing import time_in_turns, workers

ROUNDS = 3  # alone and beside the other process, in turns
COLUMNS = {
    "alone, images/s": "{alone:,.0f}",
    "beside it": "{beside:,.0f}",
    "kept": "{kept:.0%}",
}


def neighbor(options: BenchOptions, say: Say) -> Iterator[dict[str, Any]]:
    """Images a second of whole training steps, alone and beside one busy process, and the share
    that is kept."""
    for net in options.nets:
        setups = options.setups(net)
        say(f"{net.name}: setting up {', '.join(setups)}")
        alone: dict[str, list[float]] = {}
        beside: dict[str, list[float]] = {}
        seconds = options.time(9.0) / ROUNDS
        with workers(setups, options.threads) as pool:
            for _ in range(ROUNDS):
                for found, place in ((alone, contextlib.nullcontext()), (beside, busy())):
                    with place:
                        times = time_in_turns(pool, "step", seconds, options.steps)
                    for name, each in times.items():
                        found.setdefault(name, []).extend(each)
            absent = {name: worker.failure for name, worker in pool.items() if worker.failure}
        absent |= options.absent(net)
        size = options.batch_size
        rows = {
            name: {
                "alone": round(size * len(alone[name]) / sum(alone[name]), 1),
                "beside": round(size * len(each) / sum(each), 1),
                "kept": round(sum(alone[name]) * len(each) / len(alone[name]) / sum(each), 3),
            }
            for name, each in beside.items()
        }
        record = {
            "net": net.name, "title": net.title, "batch_size": size, "threads": options.threads,
            "precision": options.precision, "rows": rows, "absent": absent,
        }  # fmt: skip
        say(f"\n{table(record)}\n")
        yield record


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """Inside, another process computes on one core without a rest."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_spin, args=(there,), daemon=True)
    process.start()
    try:
        here.recv()  # it has started
        yield
    finally:
        process.terminate()
        process.join()


def _spin(pipe: Connection) -> None:
    parent = multiprocessing.parent_process()
    pipe.send("started")
    while parent is None or parent.is_alive():  # a parent that is killed ends no child
        for _ in range(1000):
            sum(range(1000))


def table(record: dict[str, Any]) -> str:
    """A line for each framework of one net."""
    head = [record["title"], f"batch {record['batch_size']}, {record['threads']} threads"]
    shown = tables.table("beside one busy process", COLUMNS, record["rows"])
    return "\n".join([*head, "", *shown, *tables.left_out(record["absent"])])
