"""A-pictures: not run yet; reported: pictures: edge, color and dead filters.

CIFAR-10 and MNIST, report A's pictures: samples, both nets, 64 filters, feature maps.

The filters of the first layer of the trained CNN are counted as edge, color and dead ones; the
criterion is that of `chainrule.interpret.filter_kinds`. The over-fit curves are those of the MLP
and the CNN on 50 images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import data
from ..data.dataset import Dataset
from ..draw import known_model_figures
from ..draw.model_figures import FigureSubject
from ..experiment.inputs import load_inputs
from ..interpret import filter_kinds
from ..layers.base import Layer
from . import a_cifar_cnn, a_cifar_mlp
from .recipe import Plot, Recipe, Result, Table
from .session import Session
from .settings import CIFAR_CNN, CIFAR_MLP
from .summary import curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 10
OVER_FIT: dict[str, Any] = {"epochs": 60, "max_train_images": 50, "augment": {"preset": "none"},
                            "batch_size": 50, "loss": {"name": "cross-entropy"}}  # fmt: skip


def run(session: Session) -> Result:
    cnn = session.other(a_cifar_cnn.RECIPE).compare({a_cifar_cnn.ONE_CYCLE: CIFAR_CNN}, seeds=[0])[
        a_cifar_cnn.ONE_CYCLE
    ][0]
    mlp = session.other(a_cifar_mlp.RECIPE).compare({"MLP": CIFAR_MLP}, seeds=[0])["MLP"][0]
    over_fit = session.compare({"MLP": CIFAR_MLP | OVER_FIT, "CNN": CIFAR_CNN | OVER_FIT}, [0])
    test = load_inputs(session.config(CIFAR_CNN, 0)).test
    model = cnn.model()
    kinds = filter_kinds(model, test.images[: session.pick(1000, 100)])
    counts, chance = kinds.counts, kinds.by_chance
    return Result(
        ours=f"{counts['edge']} edge, {counts['color']} color, {counts['dead']} dead of "
        f"{len(kinds.kinds)} filters",
        reached=None,
        figures={"filter_kinds": counts, "by_chance": chance},
        tables=[
            Table(
                "Filters of the first layer",
                ["kind", "filters", "of random ones"],
                [[kind, str(n), f"{100 * chance[kind]:.1f}%" if kind in chance else "–"]
                 for kind, n in counts.items()],
            )
        ],
        plots=[
            _samples("MNIST", data.load("mnist", session.data_dir)[0]),
            _samples("CIFAR-10", test),
            _drawn("architecture", "The CNN", model),
            _drawn("architecture", "The MLP", mlp.model()),
            _drawn("filters", "The filters of the first layer", model),
            _drawn("feature-maps", "What each layer makes of one image", model, test),
            curves(over_fit, ("loss", "accuracy", "validation_accuracy"), "50 images over-fitted"),
        ],
    )  # fmt: skip


def _drawn(kind: str, title: str, model: Layer, test: Dataset | None = None) -> Plot:
    figure = known_model_figures()[kind]
    subject = FigureSubject(model)
    if test is not None:
        subject = FigureSubject(model, test=test, image=test.images[0], label=int(test.labels[0]))
    return Plot(title, lambda drawing: figure.paint(subject, drawing), figure.size)


def _samples(name: str, images: Dataset) -> Plot:
    """Images of every class."""

    def paint(figure: Figure) -> None:
        for k, line in zip(range(len(images.classes)), figure.subplots(10, SHOWN), strict=False):
            chosen = np.flatnonzero(images.labels == k)[:SHOWN]
            for axes in line:
                axes.set_axis_off()
            for axes, i in zip(line, chosen, strict=False):
                axes.imshow(images.images[int(i)].squeeze(), cmap="gray")
            line[0].set_title(images.classes[k], fontsize=7, loc="left")

    return Plot(f"Images of {name}", paint, (7.0, 7.6))


RECIPE = Recipe(
    name="A-pictures",
    did="samples, both nets, filters, feature maps and over-fit curves, CIFAR-10 and MNIST",
    reported="pictures: edge, color and dead filters",
    bar="all of them, the filters counted",
    run=run,
    seeds=1,
)
