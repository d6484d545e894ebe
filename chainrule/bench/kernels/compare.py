"""Every case in turns: our kernel, PyTorch's in both of its layouts."""

from __future__ import annotations

import functools
import statistics
from collections.abc import Iterator
from typing import Any

from ...errors import InputError
from ...kernels.precision import Precision
from .. import tables
from ..frameworks import OURS, PACKAGES
from ..options import BenchOptions, Say
from ..timing import Program, Setup, in_subprocess, time_in_turns, workers
from . import cases
from .cases import GFLOPS, Case
from .ceilings import ceilings

HEAD = (
    "batch {batch_size}, {threads} threads, ours in {precision}; this machine multiplies at "
    "{square_gflops:.0f} GFLOP/s (2048³; tall and thin {tall_gflops:.0f}) and copies at "
    "{copy_gbytes:.1f} GB/s, read plus written"
)
COLUMNS = {
    "ms": "{ms:.3f}",
    "": "{figure:.1f} {unit}",
    "of ceiling": "{share:.0%}",
    "PyTorch ms": "{pytorch_ms:.3f}",
    "ours is": "{ratio:.2f}x",
}
LAYOUTS = {"pytorch": False, "pytorch channels-last": True}


def kernels(options: BenchOptions, say: Say) -> Iterator[dict[str, Any]]:
    """One record of all kernels.

    Each row has milliseconds (``ms``) of ours and, if it is installed, of PyTorch's faster layout
    (``pytorch_ms``), and our figure in ``unit`` with its share of the ceiling: of the square
    product, or of the copy.
    """
    size, threads = options.batch_size, options.threads
    chosen = cases.chosen(options.only)
    if not chosen:
        raise InputError(
            f"--only: no kernel has {options.only!r} in its name, such as 'conv 3x3 64>64'"
        )
    say("measuring the machine's ceilings")
    most = in_subprocess(functools.partial(ceilings, threads), threads)
    setups = {OURS: Setup(functools.partial(_ours, size, options.precision), PACKAGES)}
    if any(each.framework == "pytorch" and not each.missing for each in options.frameworks):
        for name, last in LAYOUTS.items():
            setups[name] = Setup(functools.partial(_theirs, size, threads, last), ["torch"])
    rows = []
    with workers(setups, threads) as pool:
        for case in chosen:
            say(case.name)
            there = {name: worker for name, worker in pool.items() if _takes(name, case)}
            times = time_in_turns(there, case, options.time(0.5))
            ms = {name: 1e3 * statistics.median(each) for name, each in times.items()}
            rows.append(_row(case, size, ms, most))
        absent = {name: worker.failure for name, worker in pool.items() if worker.failure}
    record = {"batch_size": size, "threads": threads, "ceilings": most}
    record["precision"] = options.precision
    record |= {"kernels": rows, "absent": absent}
    say(f"\n{table(record)}")
    yield record


def _takes(name: str, case: Case) -> bool:
    """Whether there is anything to time: rows have no channels to move, and others' kernels no
    algorithm of ours."""
    if name == OURS:
        return True
    return not case.algorithm and (case.side > 0 or not LAYOUTS[name])


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
    others = {name: t for name, t in ms.items() if name != OURS}
    if others:
        fastest = min(others, key=lambda name: others[name])
        row |= {"pytorch_ms": round(others[fastest], 4), "pytorch": fastest}
        if OURS in ms:
            row["ratio"] = round(others[fastest] / ms[OURS], 3)
    return row


def table(record: dict[str, Any]) -> str:
    """A line for each kernel, beside what the machine can do and what PyTorch needs."""
    rows = {row["kernel"]: row for row in record["kernels"]}
    lines = [HEAD.format(**{"precision": "float32"} | record, **record["ceilings"]), ""]
    lines += tables.table("kernel", COLUMNS, rows) + tables.left_out(record["absent"])
    return "\n".join(lines)


def _ours(batch_size: int, precision: Precision) -> Program:
    from . import ours

    return cache_last(lambda case: ours.run(case, batch_size, precision))


def _theirs(batch_size: int, threads: int, channels_last: bool) -> Program:
    import torch

    from . import pytorch

    torch.set_num_threads(threads)
    return cache_last(lambda case: pytorch.run(case, batch_size, channels_last=channels_last))


cache_last = functools.lru_cache(maxsize=1)  # the arrays of one case at a time
