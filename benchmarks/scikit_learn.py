"""`cr.ImageClassifier` beside scikit-learn's `MLPClassifier`, each with its defaults.

    python -m benchmarks.scikit_learn [--seeds 3] [--threads 1]

Five-fold cross-validation of scikit-learn's digits (1,797 images of 8x8, values in 0..16), in
turns, fold by fold, on the same folds and with the same seeds. Seconds are those of ``fit``, on
the clock and of the processor. One thread of BLAS, unless ``--threads`` says otherwise: with more,
both wait for whatever else runs. Writes results/scikit-learn.json.
"""

from __future__ import annotations

import argparse
import os
import warnings
from pathlib import Path
from statistics import mean, median, stdev
from time import perf_counter, process_time

from threadpoolctl import threadpool_limits

import chainrule as cr
from chainrule.bench import record

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    import sklearn
    from sklearn.datasets import load_digits
    from sklearn.model_selection import StratifiedKFold
    from sklearn.neural_network import MLPClassifier

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # MLPClassifier has not always converged
    kinds = {"ImageClassifier": cr.ImageClassifier, "MLPClassifier": MLPClassifier}
    X, y = load_digits(return_X_y=True)
    found: dict[str, dict[str, list[float]]] = {
        name: {"accuracies": [], "seconds": [], "processor_seconds": []} for name in kinds
    }
    with threadpool_limits(given.threads, "blas"):
        for kind in kinds.values():
            kind().fit(X, y)  # compiling would count
        load = os.getloadavg()[0]
        for seed in range(given.seeds):
            for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y):
                for name, kind in kinds.items():
                    clock, processor = perf_counter(), process_time()
                    fitted = kind(random_state=seed).fit(X[train], y[train])
                    found[name]["seconds"].append(perf_counter() - clock)
                    found[name]["processor_seconds"].append(process_time() - processor)
                    found[name]["accuracies"].append(float(fitted.score(X[test], y[test])))
    rows = {
        name: {
            "mean": mean(each["accuracies"]),
            "spread": stdev(each["accuracies"]),
            "median_seconds": median(each["seconds"]),
            "median_processor_seconds": median(each["processor_seconds"]),
            **each,
        }
        for name, each in found.items()
    }
    for name, row in rows.items():
        print(
            f"{name:16} {row['mean']:.2%} ± {row['spread']:.2%} of {len(row['seconds'])} folds, "
            f"fit {row['median_seconds']:.2f} s, processor {row['median_processor_seconds']:.2f} s"
        )
    figures = {
        "data": "digits of scikit-learn", "scikit-learn": sklearn.__version__,
        "threads": given.threads, "load": load, "rows": rows,
    }  # fmt: skip
    record.write(ROOT / "results" / "scikit-learn.json", figures)


if __name__ == "__main__":
    main()
