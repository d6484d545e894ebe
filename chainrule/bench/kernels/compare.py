"""Every case in turns: our kernel, PyTorch's in both of its layouts."""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable, Sequence
from typing import Any

from ..frameworks import FRAMEWORKS, OURS, PACKAGES
from ..timing import Entry, Program, in_subprocess, workers
from ..timing import compare as turns
from .cases import GFLOPS, Case
from .ceilings import ceilings

RIVALS = {"pytorch": False, "pytorch channels-last": True}


def compare(
    cases: Sequence[Case],
    *,
    batch_size: int,
    threads: int,
    seconds: float = 0.5,
    against: bool = True,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """The record of the kernels, for JSON and `chainrule.bench.tables.kernels`.

    Each row has milliseconds (``ms``) of ours and, if it is installed, of PyTorch's faster layout
    (``pytorch_ms``), and our figure in ``unit`` with its share of the ceiling: of the square
    product, or of the copy.
    """
    say("measuring the machine's ceilings")
    most = in_subprocess(functools.partial(ceilings, threads), threads)
    entries = {OURS: Entry(functools.partial(_ours, batch_size), PACKAGES)}
    if against and not FRAMEWORKS["eager"].missing:
        for name, last in RIVALS.items():
            entries[name] = Entry(functools.partial(_theirs, batch_size, threads, last), ["torch"])
    rows = []
    with workers(entries, threads) as taken:
        for case in cases:
            say(case.name)
            there = {name: worker for name, worker in taken.items() if _takes(name, case)}
            times = turns(there, case, seconds=seconds)
            ms = {name: 1e3 * statistics.median(t) for name, t in times.items()}
            rows.append(_row(case, batch_size, ms, most))
        absent = {name: worker.failure for name, worker in taken.items() if worker.failure}
    return {
        "batch_size": batch_size,
        "threads": threads,
        "ceilings": most,
        "kernels": rows,
        "absent": absent,
    }


def _takes(name: str, case: Case) -> bool:
    """Whether there is anything to time: rows have no channels to move, and others' kernels no
    algorithm of ours."""
    if name == OURS:
        return True
    return not case.algorithm and (case.side > 0 or not RIVALS[name])


def _row(
    case: Case, batch_size: int, ms: dict[str, float], most: dict[str, float]
) -> dict[str, Any]:
    amount, unit = case.work(batch_size)
    row: dict[str, Any] = {"kernel": case.name, "unit": unit}
    if OURS in ms:
        figure = 1e3 * amount / ms[OURS]
        ceiling = most["square_gflops"] if unit == GFLOPS else most["copy_gbytes"]
        row |= {"ms": round(ms[OURS], 4), "figure": round(figure, 2)}
        row |= {"share": round(figure / ceiling, 3)}
    rivals = {name: t for name, t in ms.items() if name != OURS}
    if rivals:
        fastest = min(rivals, key=lambda name: rivals[name])
        row |= {"pytorch_ms": round(rivals[fastest], 4), "pytorch": fastest}
        if OURS in ms:
            row["ratio"] = round(rivals[fastest] / ms[OURS], 3)
    return row


def _ours(batch_size: int) -> Program:
    from . import ours

    return cache_last(lambda case: ours.run(case, batch_size))


def _theirs(batch_size: int, threads: int, channels_last: bool) -> Program:
    import torch

    from . import pytorch

    torch.set_num_threads(threads)
    return cache_last(lambda case: pytorch.run(case, batch_size, channels_last=channels_last))


cache_last = functools.lru_cache(maxsize=1)  # the arrays of one case at a time
