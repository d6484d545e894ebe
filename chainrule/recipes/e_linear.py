"""E-linear: MNIST 92.26% (softmax), CIFAR-10 41.25% (softmax) (1 seed; Intel Xeon Processor, 2
cores).

CIFAR-10 and MNIST, linear classifiers: SVM, softmax, and random search against gradients.

Of report E. The penalty of each is chosen on 5,000 validation images; templates are the weights of
each class as images.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import data
from ..classic import LinearSVM, RandomSearch, SoftmaxRegression
from ..data.splits import split, subset
from ..draw.style import BLUE, ORANGE, RED
from ..text import percent
from .recipe import Plot, Recipe, Result, Table
from .session import Session

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PENALTIES = (1e-5, 1e-3, 1e-2)
BARS = {"mnist": 0.92, "cifar10": 0.39}
NAMES = {"mnist": "MNIST", "cifar10": "CIFAR-10"}
KINDS = {"SVM": LinearSVM, "softmax": SoftmaxRegression}
DRAWS = 1000


def run(session: Session) -> Result:
    found = {name: session.once(name, partial(_measure, session, name)) for name in BARS}
    best = {
        name: max(KINDS, key=lambda kind: each[kind]["validated"]) for name, each in found.items()
    }
    tested = {name: found[name][best[name]]["accuracy"] for name in BARS}
    rows = [
        [
            NAMES[name],
            kind,
            "–" if kind == "random search" else f"{each['reg']:g}",
            "–" if kind == "random search" else percent(each["validated"], 2),
            percent(each["accuracy"], 2),
        ]
        for name in BARS
        for kind, each in found[name].items()
        if kind != "classes"
    ]
    return Result(
        ours=", ".join(f"{NAMES[n]} {percent(tested[n], 2)} ({best[n]})" for n in BARS),
        reached=all(tested[name] >= bar for name, bar in BARS.items()),
        figures={
            name: {
                kind: {key: value for key, value in each.items() if key != "templates"}
                for kind, each in found[name].items()
                if kind != "classes"
            }
            for name in BARS
        },
        tables=[Table("Chosen by validation", ["", "", "penalty", "validation", "test"], rows)],
        plots=[
            *(_templates(NAMES[n], best[n], found[n]) for n in BARS),
            *(_descent(NAMES[n], found[n]) for n in BARS),
        ],
    )


def _measure(session: Session, name: str) -> dict[str, Any]:
    every, test = data.load(name, session.data_dir)
    train, held_back = split(every, 5000)
    train, held_back = (subset(part, session.pick(0, 500)) for part in (train, held_back))
    test, epochs = subset(test, session.pick(0, 500)), session.pick(30, 2)
    found: dict[str, Any] = {"classes": list(test.classes)}
    for kind, build in KINDS.items():
        tried = [build(reg, epochs=epochs).fit(train) for reg in PENALTIES]
        validated = [one.score(held_back) for one in tried]
        place = int(np.argmax(validated))
        chosen = tried[place]
        found[kind] = {
            "reg": PENALTIES[place],
            "validated": validated[place],
            "accuracy": chosen.score(test),
            "curve": list(chosen.accuracy_curve_),
            "templates": np.round(chosen.templates_, 5).tolist(),
        }
    search = RandomSearch(session.pick(DRAWS, 20)).fit(train)
    found["random search"] = {
        "accuracy": search.score(test),
        "curve": list(search.accuracy_curve_),
    }
    return found


def _templates(name: str, kind: str, found: dict[str, Any]) -> Plot:
    weights = np.array(found[kind]["templates"])

    def paint(figure: Figure) -> None:
        most = float(np.abs(weights).max()) or 1.0
        for i, axes in enumerate(figure.subplots(2, 5).flat):
            if weights.shape[-1] == 1:
                axes.imshow(weights[i, ..., 0], cmap="RdBu_r", vmin=-most, vmax=most)
            else:
                low, high = weights[i].min(), weights[i].max()
                axes.imshow((weights[i] - low) / ((high - low) or 1))
            axes.set_title(found["classes"][i], fontsize=9)
            axes.set_axis_off()

    return Plot(f"{name}: templates of the {kind}", paint, (7.0, 3.2))


def _descent(name: str, found: dict[str, Any]) -> Plot:
    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for kind, color in (("SVM", BLUE), ("softmax", ORANGE), ("random search", RED)):
            curve = found[kind]["curve"]
            axes.plot(np.arange(1, len(curve) + 1), curve, color=color, label=kind)
        axes.set_xscale("log")
        axes.set_xlabel("passes over the training images")
        axes.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.3g}%")
        axes.legend(frameon=False)

    return Plot(f"{name}: random search against gradient descent, training accuracy", paint,
                (6.4, 3.4))  # fmt: skip


RECIPE = Recipe(
    name="E-linear",
    did="linear SVM and softmax on CIFAR-10 and MNIST, templates, random search against gradients",
    reported="–",
    bar="the better of the two: MNIST at least 92%, CIFAR-10 at least 39%",
    run=run,
    seeds=1,
)
