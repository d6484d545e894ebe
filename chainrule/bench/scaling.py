"""How a step grows with the batch, the width, the depth and the side of the images.

A step that costs a sizeᵏ is a straight line of slope k in a log-log plot. The slope over all
sizes includes what a step costs however little there is to do; the slope over the last three is
what it tends to.
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError
from ..text import aligned
from .frameworks import Framework
from .nets import NETS, Net, conv, mlp, plain
from .options import BenchOptions, Say
from .statistics import exponent
from .tables import left_out, title
from .timing import Program, Setup, time_in_turns, workers

LIMIT = 5.0  # seconds: a framework whose step takes longer is not asked for larger ones


@dataclass(frozen=True)
class Axis:
    """What grows, in which sizes, and the net and the batch at each."""

    name: str
    sizes: tuple[int, ...]
    at: Callable[[int], tuple[Net, int]]


def _mlp(hidden: tuple[int, ...]) -> tuple[Net, int]:
    return replace(NETS["mlp"], build=functools.partial(mlp, hidden=hidden)), 128


def _conv(build: Callable[..., Any], **options: Any) -> tuple[Net, int]:
    return replace(NETS["conv"], build=functools.partial(build, **options)), 32


def _doubled(size: int, last: int) -> tuple[int, ...]:
    return (size, *(_doubled(2 * size, last) if size < last else ()))


AXES = (
    # the norms of one image's 256 numbers are not defined: PyTorch refuses a batch of 1
    Axis("batch, MLP", (2, 4, 16, 64, 256, 1024), lambda n: (NETS["mlp"], n)),
    Axis("batch, conv x2", (1, 4, 16, 64, 256, 1024), lambda n: (NETS["conv"], n)),
    Axis("width, MLP of three layers, batch 128", _doubled(32, 2048),
         lambda n: _mlp((n, n, n))),
    Axis("width, conv x2, batch 32", _doubled(16, 256), lambda n: _conv(conv, filters=(n, n))),
    Axis("depth, MLP of 256 units, batch 128", _doubled(1, 32),
         lambda n: _mlp((256,) * n)),
    Axis("depth, convolutions of 32 filters, batch 32", _doubled(1, 32),
         lambda n: _conv(plain, depth=n)),
    Axis("side of the images, conv x2, batch 8", (16, 32, 64, 112, 224),
         lambda n: (NETS["conv"].with_shape(n, n, 3), 8)),
)  # fmt: skip


def scaling(options: BenchOptions, say: Say, limit: float = LIMIT) -> Iterator[dict[str, Any]]:
    """Milliseconds of a step at each size, and the slopes: one record of all axes."""
    only, threads = options.only, options.threads
    axes = [axis for axis in AXES if only is None or only in axis.name]
    if not axes:
        names = "; ".join(axis.name for axis in AXES)
        raise InputError(f"--only: nothing that grows has {only!r} in its name: {names}")
    there = [each for each in options.frameworks if not each.unfit(NETS["conv"])]
    setups = {f.name: Setup(functools.partial(_program, f, threads), f.packages) for f in there}
    found = []
    with workers(setups, threads) as pool:
        for axis in axes:
            say(axis.name)
            rows: dict[str, dict[int, float]] = {name: {} for name in pool}
            for size in axis.sizes:
                going = {
                    name: worker
                    for name, worker in pool.items()
                    if max(rows[name].values(), default=0.0) < 1e3 * limit
                }
                point = (AXES.index(axis), size)
                for name, times in time_in_turns(going, point, options.time(1.0)).items():
                    rows[name][size] = round(1e3 * statistics.median(times), 4)
            found.append({"axis": axis.name, "rows": {n: slopes(r) for n, r in rows.items()}})
        absent = {name: worker.failure for name, worker in pool.items() if worker.failure}
    record = {"threads": threads, "limit_s": limit, "axes": found, "absent": absent}
    say(f"\n{table(record)}")
    yield record


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
        return framework.setup(net, batch_size, threads).factory()("step")

    return step


def table(record: dict[str, Any]) -> str:
    """Milliseconds of a step at each size, and the fitted exponents."""
    lines = [
        f"milliseconds of a step, {record['threads']} threads; no larger size after a step of more "
        f"than {record['limit_s']:g} s; k is the slope over all sizes and over the last three"
    ]
    for axis in record["axes"]:
        sizes = sorted({size for row in axis["rows"].values() for size in row["ms"]}, key=int)
        cells = [("", *map(str, sizes), "k", "last")]
        for name, row in axis["rows"].items():
            times = (f"{row['ms'][size]:.2f}" if size in row["ms"] else "-" for size in sizes)
            ks = (row.get("exponent"), row.get("exponent_of_the_last_three"))
            cells.append((title(name), *times, *("" if k is None else f"{k:.2f}" for k in ks)))
        lines += ["", axis["axis"], *aligned(cells, right=range(1, len(cells[0])))]
    return "\n".join([*lines, *left_out(record["absent"])])
