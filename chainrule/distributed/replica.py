"""A rank's part in a training: what a trainer asks of the ranks, in every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from ..errors import InputError
from ..layers.base import Layer, named_parameters
from ..layers.batch_norm import BatchNorm
from ..layers.several import norms_of_batch, smallest_batch
from ..layers.shard import part_of_batch
from ..layers.variables import Variable
from ..step import Criterion
from ..types import Array
from .agreement import expect_alike, expect_equal_weights
from .gradients import GradientSum
from .group import Group, agreed
from .shards import Part, Shards
from .timeline import OFF, UNTIMED, Timeline

AGAIN = "start every rank with the same data and the same settings"


class Replica:
    """One of ``group.size`` copies of a model that learn as one.

    accumulate  parts of a batch
    joint       whether batch norm takes its statistics over all ranks
    """

    def __init__(self, group: Group, model: Layer, accumulate: int, *, joint: bool) -> None:
        self.group, self.model, self.joint = group, model, joint and group.size > 1
        self.accumulate, self._least = accumulate, 1
        self.shards = self._made()
        self.gradients = GradientSum(group, [p for _, p in named_parameters(model)])
        self.timeline: Timeline = OFF

    @property
    def places(self) -> Callable[[int], Array] | None:
        """Which images of a batch of n are this rank's; None where all are."""
        return None if self.group.size == 1 else lambda n: self.shards.places(n)

    @property
    def least(self) -> int:
        """Images in the smallest part of a batch that a plain training makes."""
        return self._least

    @least.setter
    def least(self, least: int) -> None:
        self._least = least
        self.shards = self._made()

    def record(self, timeline: Timeline) -> None:
        """Note in ``timeline`` what is computed and sent from now on."""
        self.timeline = self.gradients.timeline = timeline

    def expect_enough(self, batch_size: int) -> None:
        """InputError, on every rank, where a full batch has no images for some of them."""
        size, each = self.group.size, self._each()
        part = -(-batch_size // self.accumulate)
        if size == 1 or part >= size * each:
            return
        least = (size * each - 1) * self.accumulate + 1
        parts = f" in {self.accumulate} parts" if self.accumulate > 1 else ""
        why = "" if each == 1 else f", {each} images for the batch norm of each"
        other = "" if each == 1 else ", or sync_batch_norm=true"
        raise agreed(
            InputError(
                f"batch_size: expected at least {least} for {size} ranks"
                f"{parts}{why}, received {batch_size}; it is the number of images of all "
                f"ranks together: start fewer ranks{other}"
            )
        )

    def expect_alike(self, facts: Mapping[str, Any]) -> None:
        """InputError or CheckFailed unless all ranks are about to do the same."""
        expect_alike(self.group, facts, AGAIN)
        expect_equal_weights(self.group, self.model, "before the training")

    def computing(self, part: Part, *, last: bool) -> AbstractContextManager[None]:
        """Around the forward and backward pass of a part; gradients leave during the ``last``."""
        if self.group.size == 1 and self.timeline is OFF:
            return UNTIMED
        return self._computing(part, last)

    def halving(self, loss: Criterion) -> Criterion:
        """``loss``, which ends the forward pass of a timeline."""
        if self.timeline is OFF:
            return loss

        def measured(logits: Array, targets: Array) -> tuple[float, Array]:
            self.timeline.halfway()
            return loss(logits, targets)

        return measured

    def summed(self, loss: float, correct: int, parts: Sequence[Part]) -> tuple[float, int]:
        """The loss and the right answers of all ranks. Gradients and running statistics become
        those of the whole batch."""
        if self.group.size == 1:
            return loss, correct
        weight = sum(part.weight for part in parts)
        averages = [(v, weight) for v in self._running()]
        sums = self.gradients.finish(np.array([loss, correct], np.float64), averages)
        return float(sums[0]), round(float(sums[1])) if np.isfinite(sums[1]) else 0

    @contextmanager
    def _computing(self, part: Part, last: bool) -> Iterator[None]:
        travelling = self.gradients.travelling() if last and self.group.size > 1 else UNTIMED
        with self.timeline.halves("forward", "backward"), part_of_batch(part.shard), travelling:
            yield

    def _gather(self, row: Array) -> Array:
        """What batch norm asks of all ranks."""
        self.gradients.bytes_sent += row.nbytes
        with self.timeline.span("statistics", "communication"):
            return self.group.gather(row)

    def _running(self) -> list[Variable]:
        """The running statistics that differ from rank to rank after a step."""
        norms: list[Any] = [
            norm
            for norm in norms_of_batch(self.model)
            if not (self.joint and isinstance(norm, BatchNorm))
        ]
        return [
            value
            for norm in norms
            for name, value in vars(norm).items()
            if name.startswith("running_") and isinstance(value, Variable)
        ]

    def _each(self) -> int:
        """The images that a rank must have of each part."""
        if not self.joint:
            return smallest_batch(self.model)
        others = any(not isinstance(f, BatchNorm) for f in norms_of_batch(self.model))
        return 2 if others else 1

    def _made(self) -> Shards:
        return Shards(
            self.group,
            self.accumulate,
            self._least,
            self._each(),
            self._gather if self.joint else None,
        )
