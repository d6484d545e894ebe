"""B-cnn: 72.00 ± 0.19%, 14.5 s an epoch in 290 s (3 seeds, bfloat16; Intel Xeon Processor, 2
cores); reported: 61.3–62.6%, 30 s an epoch on an RTX 4060.

CIFAR-10, conv-BN-ReLU-pool twice and a linear layer: report B's net, 61.3 to 62.6 % there.

SGD with the gradient clipped to a norm of 5, the rate divided by 5 every 5 epochs, 20 epochs,
batches of 64: as in the report, with momentum. The report's batch norm keeps one scale and shift
for each pixel and channel: the mean and variance of a value over the batch alone. Both forms are
trained.
"""

from __future__ import annotations

from statistics import mean
from typing import Any

from ..layers import BatchNorm, Layer, Sequential
from ..types import Array, Shape
from .recipe import Recipe, Result, Table
from .session import Session
from .settings import CIFAR
from .summary import accuracies, accuracy_table, curves, mean_percent, rows_of, seconds

BAR, REPORTED_EPOCH = 0.70, 30
SHAPE = (32, 32, 3)
SETTINGS: dict[str, Any] = {
    **CIFAR,
    "epochs": 20,
    "batch_size": 64,
    "model": {"name": "convnet", "filters": [32, 32]},
    "optimizer": {"name": "sgd", "lr": 0.02, "momentum": 0.9},
    "schedule": {"name": "step", "every_epochs": 5, "factor": 0.2},
    "loss": {"name": "cross-entropy", "reg": 5e-3},
    "clip": {"kind": "global-norm", "limit": 5.0},
}


class PixelBatchNorm(Layer):
    """Batch norm of each pixel and channel by itself, γ, β (H, W, C): the report's.

    y = γ x̂ + β, x̂ = (x - μ) / √(σ² + ε) with μ and σ² over the batch        x, y (N, H, W, C)
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        h, w, c = shape
        self.norm = BatchNorm(h * w * c)

    def __call__(self, x: Array) -> Array:
        return self.norm(x.reshape(len(x), -1)).reshape(x.shape)

    def forward(self, x: Array) -> tuple[Array, Any]:
        y, cache = self.norm.forward(x.reshape(len(x), -1))
        return y.reshape(x.shape), cache

    def backward(self, dy: Array, cache: Any) -> Array:
        return self.norm.backward(dy.reshape(len(dy), -1), cache).reshape(dy.shape)

    def output_shape(self, x: Shape) -> Shape:
        return x


def run(session: Session) -> Result:
    trained = session.compare({"standard batch norm": SETTINGS})
    (every,) = trained.values()
    session.plan(len(session.seeds))
    pixels = [
        session.with_model("per pixel", SETTINGS, seed, with_pixel_norms) for seed in session.seeds
    ]
    found, took = accuracies(every), seconds(every)
    epoch = took / every[0].metrics["epochs"]
    theirs = mean_percent(accuracies(pixels))
    rows = [
        ["a channel (standard)", mean_percent(found), f"{every[0].metrics['parameters']:,}"],
        ["a pixel and channel (the report's)", theirs, f"{pixels[0].metrics['parameters']:,}"],
    ]
    return Result(
        ours=f"{mean_percent(found)}, {epoch:.1f} s an epoch",
        reached=mean(found) >= BAR,
        figures={
            "test_accuracies": found,
            "seconds_an_epoch": epoch,
            "runs": rows_of({**trained, "per pixel": pixels}),
        },
        tables=[
            accuracy_table(trained, reported={"standard batch norm": "61.3–62.6%"}),
            Table("One scale and shift of batch norm for", ["", "test", "parameters"], rows),
            Table(
                "Seconds an epoch",
                ["", "seconds"],
                [["reported, RTX 4060 laptop GPU", str(REPORTED_EPOCH)], ["ours", f"{epoch:.1f}"]],
            ),
        ],
        plots=[curves(trained)],
        seconds=took,
    )


def with_pixel_norms(model: Layer) -> Sequential:
    """Report B's net with its batch norm in place of the standard one."""
    shape: Shape | None = SHAPE
    layers: list[Layer] = []
    for layer in model if isinstance(model, Sequential) else ():
        is_norm = isinstance(layer, BatchNorm) and shape is not None
        layers.append(PixelBatchNorm(shape) if is_norm and shape else layer)
        shape = layer.output_shape(shape) if shape else None
    return Sequential(*layers)


RECIPE = Recipe(
    name="B-cnn",
    did="conv-BN-ReLU-pool twice and a linear layer on CIFAR-10, SGD with clipping and step decay",
    reported="61.3–62.6%, 30 s an epoch on an RTX 4060",
    bar="at least 70%",
    run=run,
)
