"""What the defaults for a folder of photographs gain over a fixed plan without augmentation.

    python -m benchmarks.defaults FOLDER [--budget 2m] [--seeds 3]

FOLDER is CIFAR-10 with train/<class> and test/<class>. Taken from it are 200 training images of
each of five classes, and all their test images. Two trainings of the same seed run at the same
time within the same ``--time-budget``, each on half of the cores, which change hands with every
seed: as `chainrule train` does it by itself, and with 20 epochs and no augmentation, which is what
it did before. Writes results/folder-default.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, stdev

from chainrule.bench import record
from chainrule.machine import usable_cores

ROOT = Path(__file__).resolve().parents[1]
CLASSES = ("automobile", "cat", "dog", "horse", "truck")
COUNT = 200
WAYS = {"default": (), "fixed": ("--epochs", "20", "--set", "augment=none")}


def lay_out(source: Path, target: Path) -> None:
    """The folder that is trained on: the same images for every seed."""
    rng = random.Random(2)
    for name in CLASSES:
        images = sorted((source / "train" / name).iterdir())
        rng.shuffle(images)
        for part, chosen in (
            ("train", images[:COUNT]),
            ("test", [*(source / "test" / name).iterdir()]),
        ):
            (target / part / name).mkdir(parents=True)
            for image in chosen:
                shutil.copy(image, target / part / name)


def start(
    way: str, folder: Path, seed: int, budget: str, cores: set[int]
) -> subprocess.Popen[bytes]:
    name = f"{way}-{seed}"
    return subprocess.Popen(
        [sys.executable, "-m", "chainrule", "train", "photos", "--name", name, "--seed", str(seed),
         "--time-budget", budget, *WAYS[way]],
        cwd=folder, stdout=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": str(len(cores))},
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )  # fmt: skip


def warm_up() -> None:
    program = [sys.executable, "-m", "chainrule", "warmup"]
    subprocess.run(program, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--budget", default="2m")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[: 2 * (usable_cores() // 2)]
    halves = [set(cores[::2]), set(cores[1::2])]
    accuracies: dict[str, list[float]] = {way: [] for way in WAYS}
    epochs: dict[str, list[int]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        warm_up()  # compiling would count
        lay_out(given.folder.resolve(), folder / "photos")
        for seed in range(given.seeds):
            mine = halves if seed % 2 == 0 else halves[::-1]
            running = {
                way: start(way, folder, seed, given.budget, half)
                for way, half in zip(WAYS, mine, strict=True)
            }
            for way, process in running.items():
                if process.wait():
                    sys.exit(f"chainrule train ended with {process.returncode}")
                metrics = json.loads(
                    (folder / "runs" / f"{way}-{seed}" / "metrics.json").read_text()
                )
                accuracies[way].append(metrics["test_accuracy"])
                epochs[way].append(metrics["epochs"])
                print(
                    f"seed {seed} {way}: {metrics['test_accuracy']:.2%}, {metrics['epochs']} epochs"
                )
    rows = {
        way: {
            "accuracies": accuracies[way],
            "mean": mean(accuracies[way]),
            "spread": stdev(accuracies[way]) if given.seeds > 1 else None,
            "epochs": epochs[way],
        }
        for way in WAYS
    }
    gain = rows["default"]["mean"] - rows["fixed"]["mean"]
    print(f"the default gains {100 * gain:.1f} points")
    figures = {"classes": CLASSES, "images_per_class": COUNT, "budget": given.budget}
    record.write(ROOT / "results" / "folder-default.json", figures | {"rows": rows, "gain": gain})


if __name__ == "__main__":
    main()
