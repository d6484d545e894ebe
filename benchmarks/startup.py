"""How long a user waits: import, --help, and the first training, cold and warm.

    python -m benchmarks.startup

Every figure is the wall time of a whole process. "Cold" means that neither compiled kernels nor
Python's byte code lie on disk. Writes results/benchmark-startup.json.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from chainrule.bench import record

RESULTS = Path(__file__).resolve().parents[1] / "results"
HELP = ("-m", "chainrule", "--help")
TRAIN = ("-m", "chainrule", "train", "digits", "--name", "run")


def seconds(arguments: tuple[str, ...], repeats: int, *, cold: bool = False) -> dict[str, Any]:
    """Median and spread of ``python ARGUMENTS`` in a new empty folder each time."""
    times, accuracies = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            environment = dict(os.environ)
            if cold:
                environment |= {"NUMBA_CACHE_DIR": folder, "PYTHONPYCACHEPREFIX": folder}
            start = time.perf_counter()
            command = [sys.executable, *arguments]
            subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
            times.append(time.perf_counter() - start)
            metrics = Path(folder, "runs", "run", "metrics.json")
            if metrics.exists():
                accuracies.append(json.loads(metrics.read_text())["test_accuracy"])
    return spread(times, 3) | ({"test_accuracy": accuracies[0]} if accuracies else {})


def spread(times: list[float], digits: int) -> dict[str, Any]:
    """Median, least and most of some seconds."""
    few = {"median_s": statistics.median(times), "min_s": min(times), "max_s": max(times)}
    return {name: round(each, digits) for name, each in few.items()} | {"repeats": len(times)}


def main() -> None:
    rows = {
        "python -c pass": seconds(("-c", "pass"), 11),
        "import numpy": seconds(("-c", "import numpy"), 11),
        "import chainrule": seconds(("-c", "import chainrule"), 11),
        "import chainrule, every name": seconds(
            ("-c", "import chainrule as cr; [getattr(cr, n) for n in dir(cr)]"), 11
        ),
        "chainrule --help": seconds(HELP, 11),
        "chainrule train, cold": seconds(TRAIN, 3, cold=True),
        "chainrule train, warm": seconds(TRAIN, 5),
    }
    for name, row in rows.items():
        print(f"{name:30} {row['median_s']:7.3f} s   {row['min_s']:.3f} to {row['max_s']:.3f}")
    record.write(RESULTS / "benchmark-startup.json", {"rows": rows})


if __name__ == "__main__":
    main()
