"""How long the prediction of one image takes: the middle, and what one in a hundred exceeds."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..kernels.instructions import instructions
from . import tables
from .frameworks import OURS, Framework
from .options import BenchOptions, Say
from .timing import time_in_turns, workers

PREPARED = ("float32", "float32-strict")
"""The precisions in which a predictor does more than the model."""

COLUMNS = {
    "median ms": "{median_ms:.3f}",
    "99% within": "{percentile_99_ms:.3f}",
    "ours is": "{ratio:.2f}x",
}


def latency(options: BenchOptions, say: Say) -> Iterator[dict[str, Any]]:
    """Milliseconds of the prediction of a single image by each framework, median and 99th
    percentile, and how often ours is as fast by the median. Ours is a `chainrule.Predictor`."""
    for net in options.nets:
        asked = replace(options, batch_size=1, frameworks=list(map(_ready, options.frameworks)))
        setups = asked.setups(net, "predict", first="predict")
        say(f"{net.name}: setting up {', '.join(setups)}")
        with workers(setups, options.threads) as pool:
            times = time_in_turns(pool, "predict", options.time(5.0), options.steps)
            absent = {name: worker.failure for name, worker in pool.items() if worker.failure}
        absent |= options.absent(net, "predict")
        rows = {name: summary(each) for name, each in times.items()}
        if OURS in rows:
            ours = rows[OURS]["median_ms"]
            for name, row in rows.items():
                row |= {} if name == OURS else {"ratio": round(row["median_ms"] / ours, 3)}
        record = {
            "net": net.name, "title": net.title, "threads": options.threads,
            "precision": options.precision, "products": instructions(options.precision),
            "prepared": options.precision in PREPARED,
            "rows": rows, "absent": absent,
        }  # fmt: skip
        say(f"\n{table(record)}\n")
        yield record


def _ready(framework: Framework) -> Framework:
    """Ours as a `chainrule.Predictor`, as ONNX Runtime's session is prepared, too."""
    if framework.name != OURS:
        return framework
    return replace(framework, options={**framework.options, "prepared": True})


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 99th percentile in milliseconds."""
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return {
        "runs": len(ordered),
        "median_ms": round(1e3 * statistics.median(ordered), 4),
        "percentile_99_ms": round(1e3 * last, 4),
    }


def table(record: dict[str, Any]) -> str:
    """A line for each framework of one net."""
    lines = [record["title"], f"{record['threads']} threads"]
    if record["precision"] != "float32":
        lines[1] += f"; products of chainrule in {record['precision']}, by {record['products']}"
    if record.get("prepared"):
        lines.append("chainrule predicts by chainrule.Predictor, which prepares the model once")
    shown = tables.table("prediction of one image", COLUMNS, record["rows"])
    return "\n".join([*lines, "", *shown, *tables.left_out(record["absent"])])
