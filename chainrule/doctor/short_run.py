"""A short training of a copy, for checks that must see whether a model learns."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from ..data.loader import cut
from ..layers.base import Layer, named_parameters
from ..layers.several import smallest_batch
from ..losses import Loss
from ..optim import Optimizer
from ..penalties import Penalty
from ..random import generator
from ..step import forward_backward
from ..types import Array


class ShortRun:
    """Steps on batches drawn from a few images, under a limit of seconds."""

    def __init__(
        self,
        model: Layer,
        optimizer: Optimizer,
        loss: Loss,
        penalty: Penalty | None = None,
        *,
        seconds: float,
    ) -> None:
        self.model, self.optimizer, self.loss, self.penalty = model, optimizer, loss, penalty
        self.parameters = named_parameters(model)
        self.end = perf_counter() + seconds
        self.steps = 0
        self.value = float("nan")

    @property
    def over(self) -> bool:
        return perf_counter() > self.end

    def step(self, images: Array, labels: Array) -> float:
        """One update; the accuracy on the batch before it."""
        with np.errstate(all="ignore"):
            self.value, logits = forward_backward(self.model, images, labels, self.loss)
            if self.penalty:
                self.penalty(self.parameters)
            self.optimizer.step(self.parameters)
        self.steps += 1
        return float((logits.argmax(axis=1) == labels).mean())

    def train(self, images: Array, labels: Array, steps: int, batch_size: int, seed: int) -> None:
        """Up to so many steps, on batches in an order of their own for every pass."""
        done = 0
        while done < steps:
            order = generator("doctor", seed, done).permutation(len(labels))
            for part in cut(len(labels), batch_size, smallest_batch(self.model)):
                if done == steps or self.over:
                    return
                chosen = order[part]
                self.step(images[chosen], labels[chosen])
                done += 1
