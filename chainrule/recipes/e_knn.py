"""E-knn: MNIST 97.17% (k 3, L2), CIFAR-10 38.55% (k 7, L1) (1 seed; Intel Xeon Processor, 2 cores).

CIFAR-10 and MNIST, nearest neighbors: k and the distance by 5-fold cross-validation, report E.

The folds are of 5,000 training images; the chosen k and distance are tested with all training
images, on all test images of MNIST and 2,000 of CIFAR-10.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from .. import data
from ..classic import choose
from ..classic.choice import KNNTrial
from ..data.splits import subset
from ..draw.style import BLUE, ORANGE
from ..text import percent
from .recipe import Plot, Recipe, Result, Table
from .session import Session

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDS, IMAGES, KS = 5, 5000, (1, 3, 5, 7, 9, 13, 21, 51)
TESTED = {"mnist": 10_000, "cifar10": 2000}
NAMES = {"mnist": "MNIST", "cifar10": "CIFAR-10"}


def run(session: Session) -> Result:
    found = {name: session.once(name, partial(_measure, session, name)) for name in TESTED}
    rows = [
        [
            NAMES[name],
            each["distance"],
            str(each["k"]),
            percent(each["validated"], 2),
            percent(each["accuracy"], 2),
            f"{each['seconds']:.1f}",
        ]
        for name, each in found.items()
    ]
    return Result(
        ours=", ".join(
            f"{NAMES[name]} {percent(each['accuracy'], 2)} (k {each['k']}, {each['distance']})"
            for name, each in found.items()
        ),
        reached=None,
        figures=found,
        tables=[
            Table(
                "Chosen by 5 folds, tested once",
                ["", "distance", "k", "in the folds", "test", "seconds of the test"],
                rows,
            )
        ],
        plots=[_curves(NAMES[name], each["trials"]) for name, each in found.items()],
    )


def _measure(session: Session, name: str) -> dict[str, Any]:
    train, test = data.load(name, session.data_dir)
    choice = choose(subset(train, session.pick(IMAGES, 500)), ks=KS, folds=FOLDS)
    best = choice.best
    points = subset(train, session.pick(0, 2000))
    asked = subset(test, session.pick(TESTED[name], 200))
    begun = perf_counter()
    accuracy = choice.classifier().fit(points).score(asked)
    return {
        "distance": best.distance,
        "k": best.k,
        "validated": best.accuracy,
        "accuracy": accuracy,
        "tested": len(asked),
        "seconds": perf_counter() - begun,
        "trials": [_told(trial) for trial in choice.trials],
    }


def _told(trial: KNNTrial) -> dict[str, Any]:
    return {**asdict(trial), "accuracy": trial.accuracy, "spread": trial.spread}


def _curves(name: str, trials: list[dict[str, Any]]) -> Plot:
    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for distance, color in (("L2", BLUE), ("L1", ORANGE)):
            mine = [trial for trial in trials if trial["distance"] == distance]
            axes.errorbar(
                [t["k"] for t in mine], [t["accuracy"] for t in mine],
                yerr=[t["spread"] for t in mine], color=color, marker="o", capsize=3,
                label=distance,
            )  # fmt: skip
        axes.set_xscale("log")
        axes.set_xticks(KS, [str(k) for k in KS])
        axes.minorticks_off()
        axes.set_xlabel("k")
        axes.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.4g}%")
        axes.legend(frameon=False)

    title = f"{name}: accuracy in {FOLDS} folds, with their standard deviation"
    return Plot(title, paint, (6.4, 3.6))


RECIPE = Recipe(
    name="E-knn",
    did="nearest neighbors on CIFAR-10 and MNIST, L1 and L2, k by folds",
    reported="–",
    bar="the curve of the folds with error bars",
    run=run,
    seeds=1,
)
