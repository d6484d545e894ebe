"""B-pictures: best automobile 85.1%, worst cat 51.5% (1 seed, bfloat16; Intel Xeon Processor, 2
cores); reported: pictures: frog and ship about 70%, cat 40%.

CIFAR-10, report B's pictures: curves, accuracy by class, filters, linear weights, histograms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..draw import known_model_figures
from ..draw.model_figures import FigureSubject
from ..draw.style import BLUE
from ..text import percent
from . import b_cnn
from .recipe import Plot, Recipe, Result, Table
from .session import Session, Trained
from .summary import curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = {
    "filters": "Filters of the first two layers",
    "weights": "Weights of the fully connected layer",
    "histograms": "Every array of parameters",
}


def run(session: Session) -> Result:
    name = "standard batch norm"
    other = session.other(b_cnn.RECIPE)
    one = other.compare({name: b_cnn.SETTINGS}, seeds=[0])[name][0]
    by_class = one.metrics["test_per_class"]
    order = sorted(by_class, key=lambda name: by_class[name])
    best, worst = order[-1], order[0]
    subject, known = FigureSubject(one.model()), known_model_figures()
    return Result(
        ours=f"best {best} {percent(by_class[best])}, worst {worst} {percent(by_class[worst])}",
        reached=None,
        figures={"test_per_class": by_class},
        tables=[
            Table(
                "By class",
                ["class", "reported", "ours"],
                [[k, REPORTED.get(k, "–"), percent(share)] for k, share in by_class.items()],
            )
        ],
        plots=[
            curves({name: [one]}, ("loss", "validation_loss", "validation_accuracy")),
            _bars(one),
            *(
                Plot(title, partial(known[kind].paint, subject), known[kind].size)
                for kind, title in FIGURES.items()
            ),
        ],
    )


REPORTED = {"frog": "about 70%", "ship": "about 70%", "cat": "about 40%"}


def _bars(one: Trained) -> Plot:
    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        shares = one.metrics["test_per_class"]
        axes.bar(range(len(shares)), list(shares.values()), color=BLUE, alpha=0.8)
        for i, share in enumerate(shares.values()):
            axes.annotate(percent(share), (i, share), (0, 3), textcoords="offset points",
                          ha="center", fontsize=8)  # fmt: skip
        axes.set_xticks(range(len(shares)), list(shares), rotation=30, ha="right")
        axes.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.3g}%")
        axes.grid(axis="x", visible=False)

    return Plot("Test accuracy by class", paint, (7.0, 3.6))


RECIPE = Recipe(
    name="B-pictures",
    did="curves, accuracy by class, filters, weights and histograms of report B's net, CIFAR-10",
    reported="pictures: frog and ship about 70%, cat 40%",
    bar="all of them",
    run=run,
    seeds=1,
)
