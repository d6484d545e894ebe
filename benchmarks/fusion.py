"""What each kind of fused layers is worth: a training step without it, beside one with all.

    python -m benchmarks.fusion [NET …] [--batch-size 128] [--seconds 60]

The variants of a net take turns in one process, so that all of them meet the same machine; a gain
is the median, over the rounds, of how much longer the step takes without. Where a longer kind is
switched off, the shorter one that it begins with takes over, and the gain is that over it; "all"
switches everything off. A kind that a net does not have is left out. Writes results/fusion.json.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from chainrule.bench import nets, record
from chainrule.bench.frameworks.ours import Ours
from chainrule.bench.statistics import quartiles, summary
from chainrule.layers import fusion
from chainrule.layers.fused import FusedCache

RESULTS = Path(__file__).resolve().parents[1] / "results"
TURN = 0.02  # seconds that a turn takes at least: shorter steps are taken several at a time


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


def ablation(net: nets.Net, batch_size: int, seconds: float) -> dict[str, Any]:
    """For JSON: the step with all fused layers, and with each kind, and all, switched off."""
    ours = Ours(net, batch_size)
    variants: dict[str, tuple[str, ...] | None] = {"none": None}
    variants |= {name: (name,) for name in kinds_in(ours)} | {"all": ()}
    steps = 1

    def turn(off: tuple[str, ...] | None) -> float:
        start = time.perf_counter()
        if off is None:
            for _ in range(steps):
                ours.step()
        else:
            with fusion.off(*off):
                for _ in range(steps):
                    ours.step()
        return (time.perf_counter() - start) / steps

    for _ in range(3):  # the first compiles
        warm = [turn(off) for off in variants.values()]
    steps = max(1, round(TURN / min(warm)))
    times: dict[str, list[float]] = {name: [] for name in variants}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times["none"]) < 5:
        for name, off in variants.items():
            times[name].append(turn(off))
    return {
        "net": net.name,
        "title": net.title,
        "batch_size": batch_size,
        "with_all": summary(times["none"], batch_size),
        "without": {
            name: summary(times[name], batch_size) | gain(times[name], times["none"])
            for name in variants
            if name != "none"
        },
    }


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
    parser.add_argument("--seconds", type=float, default=60.0, help="for each net")
    parser.add_argument("--out", type=Path, default=RESULTS / "fusion.json")
    options = parser.parse_args()
    record.claim(options.out)
    rows = []
    for name in options.nets or nets.NETS:
        row = ablation(nets.find(name), options.batch_size, options.seconds)
        rows.append(row)
        print(f"{name:10} {row['with_all']['median_ms']:9.2f} ms")
        for kind, without in row["without"].items():
            low, high = without["gain_quartile_1"], without["gain_quartile_3"]
            print(
                f"  without {kind:26} {without['gain_percent']:+6.1f} %   {low:+.1f} to {high:+.1f}"
            )
    record.write(options.out, {"nets": rows})


if __name__ == "__main__":
    main()
