"""Training on more images than there is memory for, beside the same images in memory.

    python -m benchmarks.large_data [--megabytes 600] [--side 160] [--epochs 3] [--out FILE]

A file of decoded images, as the cache of a folder has them, is trained on with a small net, so that
reading counts; then the same images from memory. Each is a process of its own: reported are
images a second of each epoch after the first (which compiles and measures), the memory of the
process that is not a file's, at its peak, and that of the file. ``cold`` gives the pages of the
file back to the system before each epoch, as where they do not fit the memory: then every image
comes from the disk, in a shuffled order. Writes results/benchmark-large-data.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.bench import record
from chainrule.training import Callback

RESULTS = Path(__file__).resolve().parents[1] / "results"
BATCH = 64
MODES = ("memory", "mapped", "cold")


class Sampler(threading.Thread):
    """The peak of the process's anonymous memory, in MB, read every few milliseconds."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0.0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.005):
            self.peak = max(self.peak, status("RssAnon"))


def status(name: str) -> float:
    """A line of /proc/self/status, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


class Epochs(Callback):
    """Seconds of each epoch, and the pages of a file dropped before it."""

    def __init__(self, file: Path | None) -> None:
        self.file, self.seconds = file, list[float]()
        self._start = 0.0

    def on_start(self, trainer: cr.Trainer) -> None:
        self._begin()

    def on_epoch(self, trainer: cr.Trainer) -> None:
        self.seconds.append(time.perf_counter() - self._start)
        self._begin()

    def _begin(self) -> None:
        if self.file is not None and hasattr(os, "posix_fadvise"):
            with self.file.open("rb") as opened:
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        self._start = time.perf_counter()


def write(file: Path, count: int, side: int) -> None:
    """Images of two classes, one brighter than the other."""
    rng = np.random.default_rng(0)
    block = rng.integers(0, 200, (50, side, side, 3), np.uint8)
    block[1::2] += np.uint8(55)
    with file.open("wb") as opened:
        for start in range(0, count, len(block)):
            opened.write(block[: count - start].data)


def measure(mode: str, file: Path, count: int, side: int, epochs: int) -> dict[str, Any]:
    """One training in this process."""
    shape = (count, side, side, 3)
    mapped = np.memmap(file, np.uint8, "r", shape=shape)
    labels = np.arange(count) % 2
    images = np.fromfile(file, np.uint8).reshape(shape) if mode == "memory" else mapped
    layers = cr.layers
    model = layers.Sequential(layers.Normalize(3), layers.GlobalAvgPool2d(), layers.Linear(3, 2))
    timed = Epochs(file if mode == "cold" else None)
    trainer = cr.Trainer(model, cr.optim.SGD(0.1), callbacks=[timed])
    base, sampler = status("RssAnon"), Sampler()
    sampler.start()
    trainer.fit(cr.Dataset(images, labels), epochs=epochs, batch_size=BATCH, progress=False)
    sampler.over.set()
    sampler.join()
    return {
        "mode": mode,
        "images_per_second": [round(count / seconds) for seconds in timed.seconds[1:]],
        "anonymous_mb": round(status("RssAnon")),
        "grown_mb": round(sampler.peak - base),
        "file_mb": round(status("RssFile")),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=600)
    parser.add_argument("--side", type=int, default=160)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS / "benchmark-large-data.json")
    parser.add_argument("--folder", type=Path, help="where the file is made; a temporary one")
    parser.add_argument("--mode", choices=MODES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    count = (options.megabytes << 20) // (options.side**2 * 3)
    if options.mode:
        found = measure(
            options.mode, options.folder / "images", count, options.side, options.epochs
        )
        print(json.dumps(found))
        return
    rows = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        write(Path(folder, "images"), count, options.side)
        os.sync()
        print(f"{count:,} images of {options.side}x{options.side}x3, {options.megabytes} MB")
        for mode in MODES:
            words = ["--megabytes", options.megabytes, "--side", options.side]
            words += ["--epochs", options.epochs, "--folder", folder, "--mode", mode]
            command = [sys.executable, "-m", "benchmarks.large_data", *map(str, words)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows.append(json.loads(done.stdout.splitlines()[-1]))
            row = rows[-1]
            print(
                f"{mode:<8} {max(row['images_per_second']):>8,} images/s   memory +"
                f"{row['grown_mb']:,} MB   of the file {row['file_mb']:,} MB",
                flush=True,
            )
    figures = {"images": count, "side": options.side, "batch_size": BATCH, "rows": rows}
    print(f"wrote {record.write(options.out, figures)}")


if __name__ == "__main__":
    main()
