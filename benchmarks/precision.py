"""What each precision costs in accuracy: errors of products, of a net's gradient, of trained nets.

    python -m benchmarks.precision

Errors are those against float64: the largest one over the largest value, and the mean one over the
mean size. Trained is the net of report A on MNIST (CHAINRULE_DATA says where it lies), a few epochs
from several seeds, and tested in float32. Writes results/precision.json.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import numpy as np

import chainrule as cr
from chainrule import kernels
from chainrule.bench import record
from chainrule.bench.frameworks import FRAMEWORKS, OURS, Framework, find
from chainrule.bench.nets import NETS
from chainrule.config import assignments, resolve
from chainrule.experiment import prepare
from chainrule.kernels.instructions import instructions
from chainrule.kernels.precision import PRECISIONS, using
from chainrule.machine import usable_cores
from chainrule.random import generator
from chainrule.types import Array

RESULTS = Path(__file__).resolve().parents[1] / "results"
CHOICES = ("float32", "bf16x3", "bfloat16")  # float32-strict is float32 so far
PRODUCTS = ((128, 784, 256), (512, 512, 512), (4096, 64, 64), (64, 4096, 64))
CONVOLUTIONS = ((16, 32, 64), (16, 16, 128))  # images, side, channels in and out
EPOCHS, SEEDS = 5, 3


def normal(*shape: int) -> Array:
    return generator("precision", *shape).standard_normal(shape, np.float32)


def errors(made: Array, exact: Array) -> dict[str, float]:
    off = np.abs(made - exact)
    return {
        "largest": float(f"{off.max() / np.abs(exact).max():.2g}"),
        "mean": float(f"{off.mean() / np.abs(exact).mean():.2g}"),
    }


def of_products() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for m, k, n in PRODUCTS:
        a, b = normal(m, k), normal(k, n)
        exact = a.astype(np.float64) @ b
        for name in CHOICES:
            with using(name):
                made = kernels.of(a).matmul(a, b)
            found.setdefault(f"{m}x{k} by {k}x{n}", {})[name] = errors(made, exact)
    return found


def of_convolutions() -> dict[str, Any]:
    found: dict[str, Any] = {}
    options: Any = ((1, 1), ((1, 1), (1, 1)), (1, 1), 1)
    for images, side, channels in CONVOLUTIONS:
        x, w = normal(images, side, side, channels), normal(3, 3, channels, channels)
        dy = normal(images, side, side, channels)[::-1].copy()
        wide = [each.astype(np.float64) for each in (x, w, dy)]
        exact = _passes(*wide, options)
        for name in CHOICES:
            with using(name):
                made = _passes(x, w, dy, options)
            for part, y in made.items():
                row = found.setdefault(f"3x3, {channels} channels, {side}x{side}: {part}", {})
                row[name] = errors(y, exact[part])
    return found


def _passes(x: Array, w: Array, dy: Array, options: Any) -> dict[str, Array]:
    kernel = kernels.of(x)
    return {
        "y": kernel.conv2d(x, w, *options),
        "dx": kernel.conv2d_backward_input(dy, w, x.shape[1:3], *options),
        "dw": kernel.conv2d_backward_weight(dy, x, w.shape[:2], *options),
    }


def of_gradients() -> dict[str, Any]:
    """‖g - g64‖ / ‖g64‖ of the gradient of all parameters, one batch, without dropout; PyTorch's
    from the same weights, if it is there."""
    each = {asked: find([OURS], asked)[0] for asked in CHOICES}
    each |= {f.title: f for f in (FRAMEWORKS["eager"], FRAMEWORKS["bf16"]) if not f.missing}
    found: dict[str, Any] = {}
    for name in ("mlp", "conv", "vgg"):
        exact = _gradient(FRAMEWORKS[OURS], name, "float64")
        for title, framework in each.items():
            off = np.linalg.norm(_gradient(framework, name, "float32") - exact)
            row = found.setdefault(name, {})
            row[title] = float(f"{off / np.linalg.norm(exact):.2g}")
    return found


def _gradient(framework: Framework, name: str, dtype: str) -> Array:
    net = NETS[name].comparable(dtype)
    _, grads = framework.setup(net, 16, usable_cores()).factory()("gradients")()
    return np.concatenate([np.ravel(grads[path]).astype(np.float64) for path in sorted(grads)])


def of_trainings() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for asked in CHOICES:
        accuracies = [_accuracy(asked, seed) for seed in range(SEEDS)]
        found[asked] = {
            "test_accuracies": accuracies,
            "mean": round(statistics.mean(accuracies), 5),
        }
    return {"data": "mnist", "epochs": EPOCHS, **found}


def _accuracy(asked: Any, seed: int) -> float:
    settings = ["data=mnist", f"epochs={EPOCHS}", f"seed={seed}", f"precision={asked}"]
    made = prepare(resolve(assignments(settings)))
    trainer = cr.Trainer(made.model, made.optimizer, loss=made.loss, seed=seed, precision=asked)
    trainer.fit(made.train, epochs=EPOCHS, batch_size=made.config.batch_size)
    return cr.metrics.evaluate(made.model, made.test).accuracy


def main() -> None:
    figures = {
        "made_by": {name: instructions(name) for name in PRECISIONS},
        "products": of_products(),
        "convolutions": of_convolutions(),
        "gradients": of_gradients(),
        "trainings": of_trainings(),
    }
    print(f"wrote {record.write(RESULTS / 'precision.json', figures)}")


if __name__ == "__main__":
    main()
