"""A-grey: not run yet; reported: −9 and −2.5 points.

CIFAR-10 in gray: the MLP and the CNN of report A lose 9 and 2.5 points there."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING

from ..data.grayscale import grayscale
from ..experiment.inputs import load_inputs
from . import a_cifar_cnn, a_cifar_mlp
from .recipe import Plot, Recipe, Result
from .session import Session
from .settings import CIFAR_CNN, CIFAR_MLP
from .summary import accuracies, accuracy_table, bars, curves, rows_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..data.dataset import Dataset

LOSS = 0.04
SHOWN = 8
GRAY = {"images": {"color": "gray"}}
REPORTED = {"MLP, gray": 0.45, "CNN, gray": 0.903, "MLP, color": 0.54, "CNN, color": 0.9279}


def run(session: Session) -> Result:
    mlp = session.other(a_cifar_mlp.RECIPE).compare({"MLP": CIFAR_MLP}, seeds=[0])["MLP"]
    cnn_session = session.other(a_cifar_cnn.RECIPE)
    cnn = cnn_session.compare({a_cifar_cnn.ONE_CYCLE: CIFAR_CNN}, seeds=[0])
    gray = session.compare({"MLP, gray": CIFAR_MLP | GRAY, "CNN, gray": CIFAR_CNN | GRAY})
    trained = {
        "MLP, color": mlp,
        "MLP, gray": gray["MLP, gray"],
        "CNN, color": cnn[a_cifar_cnn.ONE_CYCLE],
        "CNN, gray": gray["CNN, gray"],
    }
    found = {name: accuracies(each) for name, each in trained.items()}
    lost = {
        net: mean(found[f"{net}, color"]) - mean(found[f"{net}, gray"]) for net in ("MLP", "CNN")
    }
    colored = load_inputs(session.config(CIFAR_MLP, 0)).test
    return Result(
        ours=f"−{100 * lost['MLP']:.1f} and −{100 * lost['CNN']:.1f} points",
        reached=lost["CNN"] < LOSS,
        figures={"test_accuracies": found, "runs": rows_of(trained), "lost": lost},
        tables=[accuracy_table(trained)],
        plots=[
            bars(found, "Test accuracy, the report's as red lines", REPORTED),
            curves(trained, ("loss", "validation_accuracy")),
            samples(colored),
        ],
    )


def samples(test: Dataset) -> Plot:
    """The same images in color and in gray."""

    def paint(figure: Figure) -> None:
        shown = test.take(range(min(SHOWN, len(test))))
        for row, images in enumerate((shown.images, grayscale(shown).images)):
            for i in range(len(shown)):
                axes = figure.add_subplot(2, SHOWN, row * SHOWN + i + 1)
                axes.imshow(images[i].squeeze(), cmap="gray")
                axes.set_axis_off()
                if row == 0:
                    axes.set_title(shown.classes[shown.labels[i]], fontsize=8)

    return Plot("Images in color and in gray", paint, (8.0, 2.4))


RECIPE = Recipe(
    name="A-grey",
    did="the MLP and the CNN on CIFAR-10 in gray",
    reported="−9 and −2.5 points",
    bar="the CNN loses less than 4 points",
    run=run,
    seeds=1,
)
