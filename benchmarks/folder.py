"""How long a user with a folder of images waits for the first training step, cold and cached.

    python -m benchmarks.folder FOLDER [--repeats 3]

FOLDER is a folder of class folders, such as CIFAR-10's 60,000 JPEGs. Every figure is the time of
a fresh process, from its start until ``chainrule train FOLDER`` has finished its first step. Cold
means that no image was decoded before, and warm that all were; compiled kernels lie on disk
either way, and the files in the system's memory. Writes results/benchmark-folder.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.startup import spread
from chainrule.bench import record

RESULTS = Path(__file__).resolve().parents[1] / "results"

# The program itself, which ends at its first step.
PROGRAM = """
import os, sys
from chainrule.training import Trainer

learn = Trainer.train_step

def first(self, images, labels):
    learn(self, images, labels)
    os._exit(0)

Trainer.train_step = first
from chainrule.cli import main
sys.exit(main(["train", *sys.argv[1:]]))
"""


def seconds(folder: Path, cache: Path) -> float:
    """From the start of a process to its first step."""
    with tempfile.TemporaryDirectory() as empty:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(folder), "--set", f"images.cache_dir={cache}"],
            cwd=empty,
            check=True,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        )
        return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    folder = given.folder.resolve()
    count = sum(1 for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".png"))
    cold = []
    with tempfile.TemporaryDirectory() as caches:
        warm = [seconds(folder, Path(caches))][1:]  # compiles the kernels, if need be
        for i in range(given.repeats):
            cold.append(seconds(folder, Path(caches, str(i))))
            warm.append(seconds(folder, Path(caches, str(i))))
    rows = {"cold": spread(cold, 2), "from the cache": spread(warm, 2)}
    print(json.dumps({"pictures": count, **rows}, indent=2))
    record.write(RESULTS / "benchmark-folder.json", {"pictures": count, "rows": rows})


if __name__ == "__main__":
    main()
