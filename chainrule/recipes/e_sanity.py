"""E-sanity: 2.3026; rises; 100%; 6.4e-03 (1 seed; Intel Xeon Processor, 2 cores); reported: advice.

CIFAR-10, report E's checks before a training: the first loss is log K, a penalty raises it, a
few images are learned completely; and the size of an update beside the weight's."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from ..experiment import prepare
from ..kernels.precision import Precision
from ..layers import named_parameters
from ..losses import SoftmaxCrossEntropy
from ..metrics import evaluate
from ..models import mlp
from ..optim import SGD, Adam
from ..penalties import L2
from ..random import generator
from ..training import Trainer
from .recipe import Recipe, Result, Table
from .session import Session
from .settings import CIFAR_MLP

IMAGES, CLASSES = 50, 10
PENALTIES = (0.0, 1e-2, 1.0)


def run(session: Session) -> Result:
    found: dict[str, Any] = session.once("checks", lambda: checks(session))
    losses = found["losses"]
    rises = all(a < b for a, b in pairwise(losses))
    near = abs(losses[0] - math.log(CLASSES)) < 0.05
    rows = [
        ["first loss", f"log {CLASSES} = {math.log(CLASSES):.4f}", f"{losses[0]:.4f}"],
        ["with a penalty of 0.01, 1", "higher", f"{losses[1]:.4f}, {losses[2]:.4f}"],
        [f"accuracy on {IMAGES} images", "100%", f"{found['accuracy']:.0%}"],
        ["update / weight, median", "about 1e-3", f"{found['ratio']:.1e}"],
    ]
    return Result(
        ours=f"{losses[0]:.4f}; rises; {found['accuracy']:.0%}; {found['ratio']:.1e}",
        reached=near and rises and found["accuracy"] == 1,
        figures=found,
        tables=[Table("Checks before a training", ["check", "expected", "ours"], rows)],
    )


def checks(session: Session) -> dict[str, Any]:
    train = prepare(session.config(CIFAR_MLP, 0)).train
    shape = train.images.shape[1:]
    loss, images = SoftmaxCrossEntropy(), train.take(np.arange(min(500, len(train))))
    losses = []
    for reg in PENALTIES:
        model = mlp(shape, (100, 100), CLASSES).init(0)
        for path, parameter in named_parameters(model):
            if path.endswith("weight"):
                parameter.value *= 1e-2 / float(parameter.value.std())
        penalty = 0.0
        if reg:
            penalty = float(L2(reg)(named_parameters(model)))
        losses.append(float(loss(model(images.images), images.labels)[0]) + penalty)
    few = train.take(np.arange(IMAGES))
    trainer = Trainer(
        mlp(shape, (100, 100), CLASSES), Adam(1e-3), seed=0, precision=session.precision
    )
    trainer.fit(few, epochs=60, batch_size=25, progress=False)
    return {
        "losses": losses,
        "accuracy": evaluate(trainer.model, few).accuracy,
        "ratio": update_ratio(shape, images.images, images.labels, session.precision),
    }


def update_ratio(shape: tuple[int, ...], images: Any, labels: Any, precision: Precision) -> float:
    """The median over the weights of |update| / |weight| in one step of SGD with a rate of 0.01."""
    model = mlp(shape, (100, 100), CLASSES).init(0)
    before = {path: p.value.copy() for path, p in named_parameters(model)}
    rng = generator("sanity")
    chosen = rng.permutation(len(images))[:100]
    trainer = Trainer(model, SGD(0.01, momentum=0.9), seed=0, precision=precision)
    trainer.fit(images[chosen], labels[chosen], epochs=3, batch_size=100, progress=False)
    ratios = [
        np.linalg.norm(p.value - before[path]) / np.linalg.norm(before[path]) / 3
        for path, p in named_parameters(model)
        if path.endswith("weight")
    ]
    return float(np.median(ratios))


RECIPE = Recipe(
    name="E-sanity",
    did="checks before a training on CIFAR-10: first loss, penalty, a few images, size of updates",
    reported="advice",
    bar="each as it should be",
    run=run,
    seeds=1,
)
