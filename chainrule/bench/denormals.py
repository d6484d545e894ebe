"""Whether numbers that are almost zero slow a step down.

Below 1.2e-38 float32 has no full precision left, and many processors then need a hundred
cycles for one multiplication. Weights that a decay has driven down there once made convolutions
fifty times slower.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .options import BenchOptions, Say
from .tables import table
from .timing import time_in_turns, workers

TINY = 1e-40  # times weights of 0.01 to 1
COLUMNS = {"ms": "{normal_ms:.2f}", "tiny weights ms": "{tiny_ms:.2f}", "ratio": "{ratio:.2f}"}


def denormals(options: BenchOptions, say: Say) -> Iterator[dict[str, Any]]:
    """Milliseconds of a step with ordinary weights and with some of about 1e-41, and the ratio."""
    for net in options.nets:
        normal, tiny = options.setups(net), options.setups(replace(net, scale=TINY))
        rows: dict[str, dict[str, float]] = {}
        for name in normal:
            setups = {"normal": normal[name], "tiny": tiny[name]}
            with workers(setups, options.threads) as pool:
                times = time_in_turns(pool, "step", options.time(3.0), options.steps)
            if len(times) == len(setups):
                ms = {one: 1e3 * statistics.median(each) for one, each in times.items()}
                rows[name] = {
                    "normal_ms": round(ms["normal"], 4),
                    "tiny_ms": round(ms["tiny"], 4),
                    "ratio": round(ms["tiny"] / ms["normal"], 3),
                }
        head = f"{net.name}, batch {options.batch_size}, {options.threads} threads"
        say("\n".join([*table(head, COLUMNS, rows), ""]))
        place = {"batch_size": options.batch_size, "threads": options.threads}
        yield {"net": net.name, **place, "rows": rows}
