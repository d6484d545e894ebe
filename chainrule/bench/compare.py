"""One net, every framework: seconds of a step, of a prediction, memory, waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .frameworks import OURS, Framework
from .nets import Net
from .statistics import best, summary
from .timing import Worker, workers
from .timing import compare as turns

Say = Callable[[str], None]


def compare(
    net: Net,
    frameworks: Sequence[Framework],
    *,
    batch_size: int = 128,
    threads: int,
    seconds: float = 10.0,
    steps: int | None = None,
    predict: bool = False,
    say: Say = print,
) -> dict[str, Any]:
    """The record of one net, for JSON and `tables.net`.

    Frameworks take turns until each has ``steps`` steps, or ``seconds`` of them. A row has
    the figures of ``step`` (and of ``predict``), seconds of ``import``, ``build`` and
    ``first_step``, and ``memory`` in MiB: the most that was in memory during the steps, and
    that less what importing the framework alone took. Who cannot run is in ``absent``, with the
    reason.
    """
    absent = {c.name: why for c in frameworks if (why := c.unfit(net))}
    there = [c for c in frameworks if c.name not in absent]
    entries = {c.name: c.entry(net, batch_size, threads) for c in there}
    say(f"{net.name}: setting up {', '.join(entries)}")
    rows: dict[str, dict[str, Any]] = {}
    with workers(entries, threads) as taken:
        verbs = ("step", "predict") if predict else ("step",)
        for verb in verbs:
            say(f"{net.name}: {verb}")
            for name, times in turns(taken, verb, seconds=seconds, steps=steps).items():
                rows.setdefault(name, {})[verb] = summary(times, batch_size)
            if verb == "step":
                for name in rows:
                    rows[name] |= _waiting(taken[name])
    absent |= {name: worker.failure for name, worker in taken.items() if worker.failure}
    record: dict[str, Any] = {"net": net.name, "title": net.title, "batch_size": batch_size}
    record |= {"threads": threads, "rows": rows, "absent": absent}
    return record | {"ratios": ratios(rows, frameworks, verbs)}


def ratios(
    rows: dict[str, dict[str, Any]], frameworks: Sequence[Framework], verbs: Sequence[str]
) -> dict[str, Any]:
    """For each verb, our images a second over everyone else's, and over PyTorch's best float32."""
    found: dict[str, Any] = {}
    for verb in verbs:
        pace = {n: row[verb]["images_per_second"] for n, row in rows.items() if verb in row}
        if OURS not in pace:
            continue
        rivals = [c.name for c in frameworks if c.name != OURS and c.name in pace]
        found[verb] = {name: round(pace[OURS] / pace[name], 3) for name in rivals}
        float32 = [
            c.name for c in frameworks if c.framework == "pytorch" and c.precision == "float32"
        ]
        winner = best(pace, float32)
        if winner:
            found[verb]["best"] = winner
    return found


def _waiting(worker: Worker) -> dict[str, Any]:
    ready = worker.ready
    peak = worker.ask("memory") or float("nan")
    return {
        "import_s": round(ready["import_s"], 3),
        "build_s": round(ready["build_s"], 3),
        "first_step_s": round(ready["first_step_s"], 3),
        "memory_mib": round(peak / 2**20, 1),
        "memory_less_import_mib": round((peak - ready["resident_after_import"]) / 2**20, 1),
    }
