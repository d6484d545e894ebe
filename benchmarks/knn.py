"""k nearest neighbors of all MNIST test digits, beside scikit-learn's brute force.

    python -m benchmarks.knn [--repeats 3] [--k 3] [--cifar N]

Both sides answer the same questions in turns, in one process, on all cores: chainrule from pixels
as they are, scikit-learn from float32, which it is faster with than with float64, without the time
of the conversion. A time is that of ``fit`` and ``predict``, and on a machine with other work the
cores' own time, median_cpu_seconds, says more. With --cifar N also the accuracy of N of CIFAR-10's
test images by all 50,000, in both distances. Writes results/benchmark-knn.json.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from chainrule import data
from chainrule.bench import record
from chainrule.bench.statistics import quartiles
from chainrule.classic import KNN
from chainrule.classic.measuring import measure, some

RESULTS = Path(__file__).resolve().parents[1] / "results"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--k", type=int, default=3)
    parser.add_argument("--cifar", type=int, default=0)
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_args()
    train, test = data.mnist()
    x, queries = (
        np.ascontiguousarray(part.images.reshape(len(part), -1), np.float32)
        for part in (train, test)
    )

    def ours() -> Any:
        return KNN(given.k).fit(train.images, train.labels).predict(test.images)

    def theirs() -> Any:
        classifier = KNeighborsClassifier(given.k, algorithm="brute", n_jobs=-1)
        return classifier.fit(x, train.labels).predict(queries)

    sides: dict[str, Callable[[], Any]] = {"chainrule": ours, "scikit-learn": theirs}
    KNN(1).fit(train.images[:99], train.labels[:99]).predict(test.images[:9])  # compiles the loops
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    busy: dict[str, list[float]] = {name: [] for name in sides}
    load = os.getloadavg()[0]
    answers = {}
    for _ in range(given.repeats):
        for name, classify in sides.items():
            start, before = perf_counter(), process_time()
            answers[name] = classify()
            seconds[name].append(perf_counter() - start)
            busy[name].append(process_time() - before)
            print(f"{name}: {seconds[name][-1]:.2f} s", flush=True)
    rows = {
        name: {
            "accuracy": float(np.mean(answers[name] == test.labels)),
            "median_seconds": round(quartiles(times)[1], 3),
            "median_cpu_seconds": round(quartiles(busy[name])[1], 3),
            "seconds": [round(time, 3) for time in times],
        }
        for name, times in seconds.items()
    }
    mine, other = (rows[name]["median_seconds"] for name in sides)
    found: dict[str, Any] = {
        "command": f"python -m benchmarks.knn --repeats {given.repeats} --k {given.k}"
        + (f" --cifar {given.cifar}" if given.cifar else ""),
        "load_at_start": load,
        "k": given.k, "distance": "L2", "training_images": len(train), "test_images": len(test),
        "mnist": rows, "times_as_fast": round(other / mine, 2),
        "same_answers": float(np.mean(answers["chainrule"] == answers["scikit-learn"])),
    }  # fmt: skip
    if given.cifar:
        found["cifar10"] = cifar(given.cifar, given.data_dir)
    print(json.dumps(found, indent=2))
    record.write(RESULTS / "benchmark-knn.json", found)


def cifar(count: int, data_dir: Path | None) -> list[dict[str, Any]]:
    train, test = data.cifar10(data_dir)
    test = some(test, count, 0, "--cifar")
    rows = []
    for distance in ("L2", "L1"):
        for k in (1, 5):
            found = measure(KNN(k, distance=distance), train, test)
            rows.append(
                {
                    "distance": distance, "k": k, "test_images": len(test),
                    "accuracy": found.accuracy, "interval": list(found.interval),
                    "seconds": round(found.fit_seconds + found.predict_seconds, 2),
                }
            )  # fmt: skip
            print(rows[-1], flush=True)
    return rows


if __name__ == "__main__":
    main()
