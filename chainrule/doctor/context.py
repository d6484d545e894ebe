"""What is examined: a model, its data, and how it is to be trained. Nobody changes it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np

from ..cost import Timing, probe
from ..data.dataset import Dataset
from ..data.order import permutation
from ..layers.base import Layer, walk
from ..layers.dropout import RandomMask
from ..losses import Loss, SoftmaxCrossEntropy
from ..optim import Adam, Optimizer
from ..penalties import Penalty
from ..schedules import Constant
from ..training.data_dependent import measure_images
from ..types import Array
from .check import Check
from .flow import Flow, measure
from .short_run import ShortRun

IMAGES, FEW = 256, 64
SECONDS = 2.0
MEASURED = 1 << 25


@dataclass(frozen=True)
class CheckContext:
    """Every check takes copies of what it spends.

    model    as it is before the training, with weights and fitted to the training images
    trained  as it is after it, where there was one: for the checks of what passes through
    steps    of the whole training; a schedule is taken at its highest rate
    done     the checks so far, by name: some make others pointless

    >>> from chainrule import data, models
    >>> train, _ = data.digits()
    >>> context = CheckContext(models.mlp((8, 8, 1), (8,), 10).init(0), train)
    >>> [array.shape for array in context.sample(5)], context.peak_lr
    ([(5, 8, 8, 1), (5,)], 0.001)
    """

    model: Layer
    train: Dataset
    test: Dataset | None = None
    loss: Loss = field(default_factory=SoftmaxCrossEntropy)
    optimizer: Optimizer = field(default_factory=Adam)
    penalty: Penalty | None = None
    batch_size: int = 128
    accumulate: int = 1
    steps: int = 1000
    seed: int = 0
    trained: Layer | None = None
    done: dict[str, Check] = field(default_factory=dict)

    def fresh(self, *, dropout: bool = True) -> Layer:
        """A copy of the model to be spent."""
        twin = copy.deepcopy(self.model)
        twin.clear_grads()
        if not dropout:
            for layer in walk(twin):
                if isinstance(layer, RandomMask):
                    layer.rate = 0.0
        return twin

    @cached_property
    def order(self) -> Array:
        """The training images' indices in an order drawn once, int64 (N,)."""
        return permutation(len(self.train), "doctor", self.seed)

    def sample(self, n: int) -> tuple[Array, Array]:
        """Images (n, H, W, C) and labels (n,): the first n (or all) of the training images in an
        order drawn once."""
        chosen = np.sort(self.order[:n])
        return np.asarray(self.train.images[chosen]), self.train.labels[chosen]

    @property
    def peak_lr(self) -> float:
        """The highest rate of the schedule, as far as a thousand looks can tell."""
        steps = np.unique(np.linspace(0, max(1, self.steps) - 1, 1000).astype(int))
        return max(float(self.optimizer.schedule(int(t))) for t in steps)

    def steady(self) -> Optimizer:
        """A copy of the optimizer at its highest rate, without memory."""
        optimizer = copy.deepcopy(self.optimizer)
        optimizer.load_state({"steps": np.array(0)})
        optimizer.schedule = Constant(self.peak_lr)
        return optimizer

    @cached_property
    def estimate(self) -> Timing:
        """What the training will cost."""
        return probe(
            self.model,
            self.steady(),
            loss=self.loss,
            penalty=self.penalty,
            batch_size=self.batch_size,
            accumulate=self.accumulate,
            images=len(self.train),
            epochs=max(1, self.steps * self.batch_size // len(self.train)),
            shape=self.train.images.shape[1:],
            by_layer=False,
        )

    @cached_property
    def image_seconds(self) -> float:
        """Of a step on one image, about."""
        short = ShortRun(self.fresh(), self.steady(), self.loss, seconds=0)
        images, labels = self.sample(8)
        short.step(images, labels)  # it may have to compile
        start = perf_counter()
        short.step(images, labels)
        return (perf_counter() - start) / len(labels)

    @cached_property
    def first(self) -> Flow:
        """What passes through the layers in one forward and backward before the training."""
        return self._observed(self.fresh(dropout=False))

    @cached_property
    def flow(self) -> Flow:
        """The same after the training, where there was one."""
        return self.first if self.trained is None else self._observed(copy.deepcopy(self.trained))

    def _observed(self, model: Layer) -> Flow:
        count = max(FEW, min(IMAGES, int(SECONDS / self.image_seconds)))
        return measure(model, *self.sample(count), self.loss)


def fitted(model: Layer, train: Dataset, seed: int) -> Layer:
    """A copy of ``model`` with weights, that knows what the images look like."""
    twin = copy.deepcopy(model)
    twin = twin if twin.initialized else twin.init(seed)
    measure_images(twin, _measured(train))
    return twin


def _measured(train: Dataset) -> Array:
    """Images that stand for all: 10,000, or as many large ones as fit MEASURED bytes."""
    images: Any = train.images
    each = max(1, images.nbytes // max(1, len(images)))
    count = min(10_000, max(1, MEASURED // each))
    if count < 10_000 and count < len(train):  # in a folder the first ones are of one class
        spread = np.linspace(0, len(train) - 1, count).astype(np.int64)
        return np.asarray(images[spread])
    return np.asarray(images[:count])
