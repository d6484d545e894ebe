"""How a step grows with the batch, the width, the depth and the side of the images.

A step that costs a sizeᵏ is a straight line of slope k in a log-log plot. The slope over all
sizes includes what a step costs however little there is to do; the slope over the last three is
what it tends to.
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .frameworks import Framework
from .nets import NETS, Net, conv, mlp, plain
from .statistics import exponent
from .timing import Entry, Program, compare, workers

LIMIT = 5.0  # seconds: a framework whose step takes longer is not asked for larger ones


@dataclass(frozen=True)
class Axis:
    """What grows, in which sizes, and the net and the batch at each."""

    name: str
    sizes: tuple[int, ...]
    at: Callable[[int], tuple[Net, int]]


def _mlp(**options: Any) -> Net:
    return replace(NETS["mlp"], build=functools.partial(mlp, **options))


def _conv(build: Callable[..., Any], **options: Any) -> Net:
    return replace(NETS["conv"], build=functools.partial(build, **options))


AXES = (
    # the norms of one image's 256 numbers are not defined: PyTorch refuses a batch of 1
    Axis("batch, MLP", (2, 4, 16, 64, 256, 1024), lambda n: (NETS["mlp"], n)),
    Axis("batch, conv x2", (1, 4, 16, 64, 256, 1024), lambda n: (NETS["conv"], n)),
    Axis(
        "width, MLP of three layers, batch 128",
        (32, 64, 128, 256, 512, 1024, 2048),
        lambda n: (_mlp(hidden=(n, n, n)), 128),
    ),
    Axis(
        "width, conv x2, batch 32",
        (16, 32, 64, 128, 256),
        lambda n: (_conv(conv, filters=(n, n)), 32),
    ),
    Axis(
        "depth, MLP of 256 units, batch 128",
        (1, 2, 4, 8, 16, 32),
        lambda n: (_mlp(hidden=(256,) * n), 128),
    ),
    Axis(
        "depth, convolutions of 32 filters, batch 32",
        (1, 2, 4, 8, 16, 32),
        lambda n: (_conv(plain, depth=n), 32),
    ),
    Axis(
        "side of the images, conv x2, batch 8",
        (16, 32, 64, 112, 224),
        lambda n: (NETS["conv"].with_shape(n, n, 3), 8),
    ),
)


def growth(
    axes: Sequence[Axis],
    frameworks: Sequence[Framework],
    *,
    threads: int,
    seconds: float = 1.0,
    limit: float = LIMIT,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Milliseconds of a step at each size, and the slopes, for JSON and `tables.growth`."""
    there = [framework for framework in frameworks if not framework.missing]
    entries = {c.name: Entry(functools.partial(_program, c, threads), c.packages) for c in there}
    with workers(entries, threads) as taken:
        found = []
        for axis in axes:
            say(axis.name)
            rows: dict[str, dict[int, float]] = {name: {} for name in taken}
            for size in axis.sizes:
                going = {
                    name: worker
                    for name, worker in taken.items()
                    if max(rows[name].values(), default=0.0) < 1e3 * limit
                }
                point = (AXES.index(axis), size)
                for name, times in compare(going, point, seconds=seconds).items():
                    rows[name][size] = round(1e3 * statistics.median(times), 4)
            found.append({"axis": axis.name, "rows": {n: slopes(r) for n, r in rows.items()}})
        absent = {name: worker.failure for name, worker in taken.items() if worker.failure}
    return {"threads": threads, "limit_s": limit, "axes": found, "absent": absent}


def slopes(ms: dict[int, float]) -> dict[str, Any]:
    sizes, times = list(ms), list(ms.values())
    row: dict[str, Any] = {"ms": ms}
    if len(sizes) >= 3:
        row["exponent"] = round(exponent(sizes, times), 3)
        row["exponent_of_the_last_three"] = round(exponent(sizes[-3:], times[-3:]), 3)
    return row


def _program(framework: Framework, threads: int) -> Program:
    @functools.lru_cache(maxsize=1)  # one net at a time
    def step(point: tuple[int, int]) -> Callable[[], Any]:
        axis, size = point
        net, batch_size = AXES[axis].at(size)
        return framework.entry(net, batch_size, threads).factory()("step")

    return step
