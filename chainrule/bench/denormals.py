"""Whether numbers that are almost zero slow a step down.

Below 1.2e-38 float32 has no full precision left, and many processors then need a hundred
cycles for one multiplication. Weights that a decay has driven down there once made convolutions
fifty times slower.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .frameworks import Framework
from .nets import Net
from .timing import compare, workers

TINY = 1e-40  # times weights of 0.01 to 1


def denormals(
    net: Net,
    frameworks: Sequence[Framework],
    *,
    batch_size: int,
    threads: int,
    seconds: float = 3.0,
    steps: int | None = None,
) -> dict[str, Any]:
    """Milliseconds of a step with ordinary weights and with some of about 1e-41, and the ratio."""
    nets = {"normal": net, "tiny": replace(net, scale=TINY)}
    rows: dict[str, dict[str, float]] = {}
    for framework in frameworks:
        if framework.unfit(net):
            continue
        entries = {name: framework.entry(one, batch_size, threads) for name, one in nets.items()}
        with workers(entries, threads) as taken:
            times = compare(taken, "step", seconds=seconds, steps=steps)
        if len(times) == len(nets):
            ms = {name: 1e3 * statistics.median(times[name]) for name in nets}
            rows[framework.name] = {
                "normal_ms": round(ms["normal"], 4),
                "tiny_ms": round(ms["tiny"], 4),
                "ratio": round(ms["tiny"] / ms["normal"], 3),
            }
    return {"net": net.name, "batch_size": batch_size, "threads": threads, "rows": rows}
