"""What each trick is worth: a training step without it, beside one with all.

    python -m benchmarks.ablation [NET …] [--batch-size 128] [--seconds 120]

The variants of a net take turns in one process, so that all of them meet the same machine; a gain
is the median, over the rounds, of how much longer the step takes without. What a net does not use
is left out. Where a longer kind of fused layers is switched off, the shorter one that it begins
with takes over, and the gain is that over it; "all fused layers" switches every kind off.

"bfloat16 on tiles" is how much longer a step takes in float32 than in bfloat16, on a CPU that has
tiles; there fused layers are switched off in bfloat16, too, where the rest of a step takes less.
Writes results/ablation.json.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numba

from chainrule.bench import nets, record
from chainrule.bench.frameworks.ours import Ours
from chainrule.bench.statistics import quartiles, summary
from chainrule.cost.fresh import fresh_arrays
from chainrule.kernels.cpu import blas, conv, conv_tiles, packed
from chainrule.layers import fusion
from chainrule.layers.fused import FusedCache

RESULTS = Path(__file__).resolve().parents[1] / "results"
TURN = 0.02  # seconds that a turn takes at least: shorter steps are taken several at a time

Without = Callable[[], AbstractContextManager[Any]]


def variants(ours: Ours) -> dict[str, Without]:
    """What this net uses, by name: inside the context a step does without it."""
    found: dict[str, Without] = {name: partial(fusion.off, name) for name in kinds_in(ours)}
    found["all fused layers"] = fusion.off
    if "winograd" in algorithms_in(ours):
        found["Winograd's convolution"] = partial(conv.using, "columns")
        if packed.available:
            found["blocks of registers"] = partial(mock.patch.object, packed, "available", False)
    found["workspace"] = fresh_arrays
    if numba.get_num_threads() > 1:
        found["threads"] = one_thread
    return found


def kinds_in(ours: Ours) -> list[str]:
    """The names of the fused layers that run in a step of this net."""
    found = set()

    def look(cache: Any) -> None:
        if isinstance(cache, FusedCache):
            found.add(cache.kind.name)
        if isinstance(cache, (list, tuple)):
            for inner in cache:
                look(inner)

    look(ours.model.forward(ours.x)[1])
    return [kind.name for kind in fusion.FUSED if kind.name in found]


def algorithms_in(ours: Ours) -> set[str]:
    """The names of the convolutions' algorithms in a step of this net."""
    found = set()

    def chosen(case: conv.Case, choose: Callable[[conv.Case], str] = conv.algorithm) -> str:
        found.add(choose(case))
        return choose(case)

    with mock.patch.object(conv, "algorithm", chosen):
        ours.learn()
    return found


@contextmanager
def one_thread() -> Iterator[None]:
    """Loops, pieces and products on one thread."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        with blas.one_thread():
            yield
    finally:
        numba.set_num_threads(before)


def ablation(net: nets.Net, batch_size: int, seconds: float) -> dict[str, Any]:
    """For JSON: the step with all tricks, and without each."""
    ours = Ours(net, batch_size)
    times = in_turns({"": (ours, nullcontext)} | {
        name: (ours, without) for name, without in variants(ours).items()
    }, seconds)  # fmt: skip
    every = times.pop("")
    found = {
        "net": net.name,
        "title": net.title,
        "batch_size": batch_size,
        "with_all": summary(every, batch_size),
        "without": {
            name: summary(each, batch_size) | gain(each, every) for name, each in times.items()
        },
    }
    if conv_tiles.usable():
        rounded = Ours(net, batch_size, precision="bfloat16")
        times = in_turns({"": (rounded, nullcontext), "bfloat16 on tiles": (ours, nullcontext)} | {
            f"{name} in bfloat16": (rounded, partial(fusion.off, name))
            for name in kinds_in(rounded)
        }, seconds / 2)  # fmt: skip
        every = times.pop("")
        found["bfloat16"] = {
            "with_all": summary(every, batch_size),
            "without": {
                name: summary(each, batch_size) | gain(each, every) for name, each in times.items()
            },
        }
    return found


def in_turns(steps: dict[str, tuple[Ours, Without]], seconds: float) -> dict[str, list[float]]:
    """Seconds of a step of each, one turn after another."""
    count = 1

    def turn(ours: Ours, without: Without) -> float:
        with without():
            ours.step()  # other layers need other arrays: the workspace finds them now
            start = time.perf_counter()
            for _ in range(count):
                ours.step()
            return (time.perf_counter() - start) / count

    for _ in range(3):  # the first compiles
        warm = [turn(*each) for each in steps.values()]
    count = max(1, round(TURN / min(warm)))
    times: dict[str, list[float]] = {name: [] for name in steps}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or min(map(len, times.values())) < 5:
        for name, each in steps.items():
            times[name].append(turn(*each))
    return times


def gain(without: list[float], on: list[float]) -> dict[str, float]:
    """How much longer the step takes without, in per cent: the middle and the quartiles."""
    slower = [100 * (a / b - 1) for a, b in zip(without, on, strict=True)]
    low, middle, high = quartiles(slower)
    return {
        "gain_percent": round(middle, 1),
        "gain_quartile_1": round(low, 1),
        "gain_quartile_3": round(high, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("nets", nargs="*", metavar="NET", help=", ".join(nets.NETS))
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=120.0, help="for each net")
    parser.add_argument("--out", type=Path, default=RESULTS / "ablation.json")
    options = parser.parse_args()
    record.claim(options.out)
    rows = []
    for name in options.nets or nets.NETS:
        row = ablation(nets.find(name), options.batch_size, options.seconds)
        rows.append(row)
        for part in (row, row.get("bfloat16")):
            if part:
                print(f"{name:10} {part['with_all']['median_ms']:9.2f} ms")
                for kind, without in part["without"].items():
                    low, high = without["gain_quartile_1"], without["gain_quartile_3"]
                    middle = without["gain_percent"]
                    print(f"  without {kind:38} {middle:+6.1f} %   {low:+.1f} to {high:+.1f}")
    record.write(options.out, {"nets": rows})


if __name__ == "__main__":
    main()
