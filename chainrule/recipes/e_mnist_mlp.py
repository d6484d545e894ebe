"""E-mnist-mlp: 97.82 ± 0.08% in 8.0 s in 8 s (3 seeds; Intel Xeon Processor, 2 cores); reported:
97.33% in 1,158 s.

MNIST, fully connected 784-300-150-10, momentum, rate halved every two epochs: report E's net.

Report E reached 97.33 % on the test images in 1,158 s on a 2.7 GHz i5. Every setting is the
report's: batch norm after each hidden layer, ReLU, learning rate 0.01, momentum 0.9, batch 100,
10 epochs. The net is saved, loaded, and shown ten random test images.
"""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING, Any

from ..data.dataset import Dataset
from ..data.order import permutation
from ..experiment import load_test
from ..metrics import predict_probabilities
from ..text import percent
from ..types import Array
from .recipe import Plot, Recipe, Result
from .session import Session
from .settings import MNIST
from .summary import accuracies, accuracy_table, curves, mean_percent, rows_of, seconds

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BAR, REPORTED_SECONDS, FASTER = 0.977, 1158, 50
SHOWN = 10
SETTINGS: dict[str, Any] = {
    **MNIST,
    "epochs": 10,
    "batch_size": 100,
    "model": {"name": "mlp", "hidden": [300, 150], "norm": "batch", "dropout": 0.0},
    "optimizer": {"name": "sgd", "lr": 0.01, "momentum": 0.9},
    "schedule": {"name": "step", "every_epochs": 2, "factor": 0.5},
}


def run(session: Session) -> Result:
    trained = session.compare({"784-300-150-10": SETTINGS})
    (every,) = trained.values()
    found, took = accuracies(every), seconds(every)
    test = load_test(session.config(SETTINGS, 0)).images
    chosen = test.take(permutation(len(test), "shown", 0)[:SHOWN])
    probabilities = predict_probabilities(every[0].model(), chosen.images)
    return Result(
        ours=f"{mean_percent(found)} in {took:.1f} s",
        reached=mean(found) >= BAR and took <= REPORTED_SECONDS / FASTER,
        figures={"test_accuracies": found, "runs": rows_of(trained)},
        tables=[accuracy_table(trained, reported={"784-300-150-10": "97.33% in 1,158 s"})],
        plots=[predicted_images(chosen, probabilities), curves(trained)],
        seconds=took,
    )


def predicted_images(images: Dataset, probabilities: Array) -> Plot:
    """Every image under the class that the loaded model says."""

    def paint(figure: Figure) -> None:
        for i, axes in enumerate(figure.subplots(2, SHOWN // 2).flat):
            best = int(probabilities[i].argmax())
            right = best == images.labels[i]
            axes.imshow(images.images[i].squeeze(), cmap="gray_r")
            axes.set_title(
                f"{images.classes[best]}  {percent(float(probabilities[i, best]))}",
                fontsize=9, color="#18794e" if right else "#c4302b",
            )  # fmt: skip
            axes.set_axis_off()

    return Plot("Ten random test images, as the loaded model names them", paint, (8.0, 3.6))


RECIPE = Recipe(
    name="E-mnist-mlp",
    did="784-300-150-10 with batch norm and momentum on MNIST, saved, loaded and shown",
    reported="97.33% in 1,158 s",
    bar="at least 97.7% in at most 1/50 of the time",
    run=run,
)
