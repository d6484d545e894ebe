"""What passed the layers in one step, as the largest value of each sample."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..layers.base import Layer
from ..layers.buffers import kept_buffers
from ..layers.observe import observe
from ..training import Callback, Trainer
from ..training.nonfinite import describe
from ..types import Array

INPUT, PARAMETER, FORWARD, LOSS, BACKWARD, GRADIENT = (
    "input", "parameter", "forward", "loss", "backward", "gradient",
)  # fmt: skip
"""The stages of a step, in the order in which a fault would first be seen."""

Key = tuple[str, str]


@dataclass
class Site:
    """One array that a step made: a layer's output, a gradient, a parameter as it was.

    stage  one of the above; path and kind say of which parameter or layer
    peaks  float64 (n,), the largest |value| of each sample, NaN or infinity where it holds one; of
           an array without samples a single one
    holds  "3 NaN of 1,280 numbers", or "" where all are finite
    """

    stage: str
    path: str
    kind: str
    peaks: Array
    holds: str = ""
    by_sample: bool = True

    @property
    def key(self) -> Key:
        return self.stage, self.path

    @property
    def finite(self) -> bool:
        return not self.holds

    @property
    def peak(self) -> float:
        """The largest of all; NaN or infinity if there is one."""
        return float(self.peaks.max(initial=0.0))


@dataclass
class Look:
    """The sites of one step in the order in which they came to be, its loss, and of each sample
    its loss and what was predicted, where the loss could be asked for them."""

    sites: list[Site] = field(default_factory=list)
    loss: float = math.nan
    losses: Array | None = None
    predicted: Array | None = None

    def by_key(self) -> dict[Key, Site]:
        return {site.key: site for site in self.sites}


class Looked(Exception):
    """The backward pass is done, and there is to be no update."""


class _BeforeUpdate(Callback):
    def on_gradient(self, trainer: Trainer) -> None:
        raise Looked


class _Loss:
    """A loss that remembers what it was asked."""

    def __init__(self, loss: Any) -> None:
        self.loss = loss
        self.asked: list[tuple[Array, Array]] = []

    def __call__(self, logits: Array, targets: Array) -> tuple[float, Array]:
        self.asked.append((logits, targets))
        value: tuple[float, Array] = self.loss(logits, targets)
        return value


def look(trainer: Trainer, step: Callable[..., None], batch: tuple[Array, ...]) -> Look:
    """What happens in a step on this batch, without its update: ``trainer`` is left as it was.

    ``step`` is the trainer's own. Layers are observed one by one, so that numbers are those of the
    step up to rounding.
    """
    seen = _Watch(len(batch[1]))
    images = np.asarray(batch[0])
    if images.dtype.kind == "f":
        seen.add(INPUT, "", "the input", images)
    for path, parameter in trainer.parameters:
        seen.add(PARAMETER, path, "parameter", parameter.value, by_sample=False)
    loss, hooks = trainer.loss, trainer.callbacks
    asked = _Loss(loss)
    try:
        trainer.callbacks = [_BeforeUpdate()]
        trainer.loss = asked  # type: ignore[assignment]  # it is called as one
        with (
            kept_buffers(trainer.model),
            np.errstate(all="ignore"),
            observe(trainer.model, seen.on_forward, seen.on_backward),
        ):
            step(*batch)
    except Looked:
        seen.gradients(trainer)
    finally:
        trainer.callbacks, trainer.loss = hooks, loss
        trainer.model.clear_grads()
    found = Look(list(seen.sites.values()), trainer.last_loss)
    with np.errstate(all="ignore"):
        found.losses, found.predicted = _each(loss, asked.asked, len(batch[1]))
    return found


class _Watch:
    """Gathers sites. A layer that is used twice in a pass has a site for each use, and the parts
    of a batch that is taken in parts are put together."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.sites: dict[tuple[str, str, int], Site] = {}
        self.uses: dict[Key, int] = {}
        self.going_back = False

    def add(
        self, stage: str, path: str, kind: str, array: Array | None, *, by_sample: bool = True
    ) -> None:
        if array is None:
            return
        use = self.uses.get((stage, path), 0)
        self.uses[stage, path] = use + 1
        peaks = _peaks(array, by_sample)
        holds = describe(np.asarray(array))
        if (known := self.sites.get((stage, path, use))) is not None:
            known.peaks = np.concatenate([known.peaks, peaks])
            known.holds = known.holds or holds
            return
        name = f"{path} (use {use + 1})" if use else path
        self.sites[stage, path, use] = Site(stage, name, kind, peaks, holds, by_sample)

    def on_forward(self, path: str, layer: Layer, x: Array, y: Array) -> None:
        if self.going_back:  # the next part of the batch
            self.uses, self.going_back = {}, False
        self.add(FORWARD, path, type(layer).__name__, y)

    def on_backward(self, path: str, layer: Layer, dy: Array, dx: Array | None) -> None:
        self.going_back = True
        self.add(BACKWARD, path, type(layer).__name__, dy)

    def gradients(self, trainer: Trainer) -> None:
        """Those of the parameters, from the last layer to the first."""
        for path, parameter in reversed(trainer.parameters):
            self.add(GRADIENT, path, "gradient", parameter.grad, by_sample=False)


def _peaks(array: Array, by_sample: bool) -> Array:
    values = np.abs(np.asarray(array))
    rows = values.reshape(len(values), -1) if by_sample and values.ndim else values.reshape(1, -1)
    peaks: Array = rows.max(axis=1, initial=0).astype(np.float64)
    return peaks


def _each(
    loss: Any, asked: list[tuple[Array, Array]], count: int
) -> tuple[Array | None, Array | None]:
    """The loss of each of ``count`` samples alone, float64 (n,), and its class as predicted."""
    if sum(len(logits) for logits, _ in asked) != count:  # with weights it is asked by weight
        return None, None
    try:
        losses = [
            float(loss(logits[i : i + 1], targets[i : i + 1])[0])
            for logits, targets in asked
            for i in range(len(logits))
        ]
        predicted = [logits.argmax(axis=1) for logits, _ in asked]
    except Exception:  # a loss of the user's own need not take one sample
        return None, None
    return np.array(losses), np.concatenate(predicted)
