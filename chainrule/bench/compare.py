"""One net, every framework: seconds of a step, of a prediction, memory, waiting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..kernels.instructions import instructions
from . import tables
from .cold import cold
from .equivalence import equivalence
from .frameworks import OURS, Framework
from .nets import Net
from .options import BenchOptions, Say
from .statistics import summary
from .timing import Worker, time_in_turns, workers

VERBS = {"step": "training step", "predict": "prediction"}
SPEED = {
    "ms": "{median_ms:.2f}",
    "quartiles": "{quartile_1_ms:.2f} to {quartile_3_ms:.2f}",
    "images/s": "{images_per_second:,.0f}",
    "ours is": "{ratio:.2f}x",
    "": "{mark}",
}
ON_GPU = "cuBLAS and tensor cores"
MEMORY = {
    "peak": "{memory_mib:,.0f}",
    "less import": "{memory_less_import_mib:,.0f}",
    "ours is": "{ratio:.2f}x",
    "import s": "{import_s:.1f}",
    "first step s": "{first_step_s:.1f}",
}


def compare(options: BenchOptions, say: Say) -> Iterator[dict[str, Any]]:
    """The record of each net, for JSON, with what was asked for of ``same`` and ``cold``."""
    for net in options.nets:
        compared = equivalence(net, options, say) if options.same else {}
        record = steps(net, options, say)
        say(f"\n{table(record)}\n")
        if compared:
            record["same"] = compared
        if options.cold:
            record["cold"] = cold(net, options, say)
        yield record


def steps(net: Net, options: BenchOptions, say: Say) -> dict[str, Any]:
    """The record of one net.

    A row has the figures of ``step`` (and of ``predict``), seconds of ``import``, ``build`` and
    ``first_step``, and ``memory`` in MiB: the most that was in memory during the steps, and
    that less what importing the framework alone took. Who cannot run is in ``absent``, with the
    reason.
    """
    verbs = list(VERBS)[: 1 + options.predict]
    setups, absent = options.setups(net, verbs[-1]), options.absent(net, verbs[-1])
    say(f"{net.name}: setting up {', '.join(setups)}")
    rows: dict[str, dict[str, Any]] = {}
    with workers(setups, options.threads) as pool:
        for verb in verbs:
            say(f"{net.name}: {verb}")
            able = {name: pool[name] for name in pool if name not in options.absent(net, verb)}
            times = time_in_turns(able, verb, options.time(10.0), options.steps)
            for name, each in times.items():
                row = rows.setdefault(name, {})
                if not row:  # after the first verb
                    row |= _waiting(pool[name])
                row[verb] = summary(each, options.batch_size)
    absent |= {name: worker.failure for name, worker in pool.items() if worker.failure}
    on_gpu = options.device != "cpu"
    return {
        "net": net.name, "title": net.title,
        "batch_size": options.batch_size, "threads": options.threads,
        **({"device": options.device} if on_gpu else {}), "precision": options.precision,
        "products": ON_GPU if on_gpu else instructions(options.precision),
        "rows": rows, "absent": absent, "ratios": ratios(rows, options.frameworks, verbs),
    }  # fmt: skip


def ratios(
    rows: dict[str, dict[str, Any]], frameworks: Sequence[Framework], verbs: Sequence[str]
) -> dict[str, Any]:
    """For each verb, our images a second over everyone else's, and over PyTorch's best float32."""
    found: dict[str, Any] = {}
    float32 = [f.name for f in frameworks if (f.framework, f.precision) == ("pytorch", "float32")]
    for verb in verbs:
        pace = {n: row[verb]["images_per_second"] for n, row in rows.items() if verb in row}
        if OURS not in pace:
            continue
        others = [f.name for f in frameworks if f.name != OURS and f.name in pace]
        found[verb] = {name: round(pace[OURS] / pace[name], 3) for name in others}
        if there := [name for name in float32 if name in pace]:
            found[verb]["best"] = max(there, key=pace.__getitem__)
    return found


def _waiting(worker: Worker) -> dict[str, Any]:
    ready = worker.ready
    peak = worker.ask("memory") or float("nan")
    return {
        **{name: round(ready[name], 3) for name in ("import_s", "build_s", "first_step_s")},
        "memory_mib": round(peak / 2**20, 1),
        "memory_less_import_mib": round((peak - ready["resident_after_import"]) / 2**20, 1),
    }


def table(record: dict[str, Any]) -> str:
    """A line for each framework of one net, with how often ours is as fast."""
    lines = [record["title"], f"batch {record['batch_size']}, {record['threads']} threads"]
    if "device" in record:
        lines[1] += f", arrays on {record['device']}"
    if (precision := record.get("precision", "float32")) != "float32":
        lines[1] += f"; products of chainrule in {precision}, made by {record['products']}"
    for verb, head in VERBS.items():
        ratio = record["ratios"].get(verb, {})
        rows = {name: dict(row[verb]) for name, row in record["rows"].items() if verb in row}
        for name, row in rows.items():
            row["mark"] = "best float32" if ratio.get("best") == name else ""
            row |= {"ratio": ratio[name]} if name in ratio else {}
        lines += ["", *tables.table(head, SPEED, rows)] if rows else []
    rows = record["rows"]
    key = "memory_less_import_mib"
    if OURS in rows:
        ours = rows[OURS][key]
        rows = {n: r if n == OURS else r | {"ratio": ours / r[key]} for n, r in rows.items()}
    owner = "the CPU's memory" if "device" in record else "memory"
    memory = tables.table(f"{owner} of the steps, MiB", MEMORY, rows)
    return "\n".join([*lines, "", *memory, *tables.left_out(record["absent"])])
