"""One row for each way to use a loss: the loss, and targets that fit logits of a shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainrule.losses import (
    MAE,
    MSE,
    BinaryCrossEntropy,
    Focal,
    Huber,
    Loss,
    MulticlassHinge,
    OneVsRestHinge,
    SoftmaxCrossEntropy,
)
from chainrule.types import Array

Targets = Callable[[np.random.Generator, tuple[int, ...]], Array]


@dataclass(frozen=True)
class Case:
    loss: Loss
    targets: Targets
    ranks: tuple[int, ...] = (2,)

    def __str__(self) -> str:
        return f"{self.loss!r}-{self.targets.__name__}"


def labels(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.integers(shape[1], size=shape[0])


def mixtures(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Two classes of each sample at random shares, as mixup makes them."""
    n, k = shape
    q, share = np.zeros(shape), rng.random(n)
    for part in (share, 1 - share):
        q[np.arange(n), rng.integers(k, size=n)] += part
    return q


def probabilities(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.random(shape)


def numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.standard_normal(shape)


WEIGHTS = (0.5, 2.0, 0.0, 1.5)  # one for each of the four outputs that the tests use

LOSSES = [
    Case(SoftmaxCrossEntropy(), labels),
    Case(SoftmaxCrossEntropy(smoothing=0.2), labels),
    Case(SoftmaxCrossEntropy(class_weights=WEIGHTS), labels),
    Case(SoftmaxCrossEntropy(0.1, WEIGHTS), labels),
    Case(SoftmaxCrossEntropy(), mixtures),
    Case(SoftmaxCrossEntropy(0.2, WEIGHTS), mixtures),
    Case(Focal(), labels),
    Case(Focal(gamma=0.5, alpha=WEIGHTS), labels),
    Case(Focal(gamma=0), labels),
    Case(MulticlassHinge(), labels),
    Case(MulticlassHinge(margin=0.5, squared=True), labels),
    Case(OneVsRestHinge(), labels),
    Case(OneVsRestHinge(margin=2, squared=True), labels),
    Case(BinaryCrossEntropy(), probabilities, (1, 2)),
    Case(MSE(), numbers, (1, 2, 4)),
    Case(MAE(), numbers, (1, 2, 4)),
    Case(Huber(), numbers, (1, 2, 4)),
    Case(Huber(delta=0.3), numbers, (1, 2, 4)),
]

SHAPES = {1: (6,), 2: (6, 4), 4: (3, 2, 1, 4)}
EACH = [(case, SHAPES[rank]) for case in LOSSES for rank in case.ranks]
OF_LABELS = [case for case in LOSSES if case.targets is labels]
OF_NUMBERS = [case for case in LOSSES if case.targets in (numbers, probabilities)]
