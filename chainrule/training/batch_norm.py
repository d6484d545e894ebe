"""What norms that look across the batch need of a training.

Images enough at once. With one value a channel the statistics of batch norm and switchable norm
say nothing (`chainrule.layers.SingleValueError`), so for a model with such a norm

    a last batch of one image joins the batch before it, and
    so does a last part of one image, where ``accumulate`` takes batches in parts.

No image is left out, and the cut follows from sizes alone, so that a resume makes the same one.
What cannot be cut so is refused before the first step.

Steps enough. running ← m · running + (1 - m) · batch, so after t updates mᵗ of the first values,
mean 0 and variance 1, is still in the running statistics. With m = 0.9 that is 81 % after 2
updates, and 10 % after 22: `unsettled` says so. For weights that no step has seen, as an average
of weights, `refresh_batch_norm` takes the statistics anew.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.dataset import Dataset
from ..data.loader import Loader
from ..errors import InputError
from ..layers.base import Layer, named_arrays, walk
from ..layers.norm import GroupNorm, InstanceNorm, LayerNorm
from ..layers.several import SingleValueError, norms_of_batch, smallest_batch
from ..layers.variables import Buffer
from ..text import plural
from ..types import Array

if TYPE_CHECKING:
    from .trainer import Trainer

ENOUGH = 0.1  # of the first values in the running ones: a variance of 0.05 is then taken for 0.15


def batches_per_epoch(model: Layer, dataset: Dataset, batch_size: int) -> int:
    """How many steps a training of ``model`` makes an epoch."""
    return len(Loader(dataset, batch_size, smallest=smallest_batch(model)))


def smallest_part(model: Layer, batch_size: int, accumulate: int = 1) -> int:
    """The least images that a part of a batch is given: 2 with batch norm, unless all of them
    are to be of one image, which norms over the pixels of large enough maps can learn from."""
    return smallest_batch(model) if batch_size > accumulate else 1


def expect_trainable(model: Layer, dataset: Dataset, batch_size: int, accumulate: int = 1) -> None:
    """Raise InputError if a norm of ``model`` would learn from one value at every step.

    Asked of the model itself, with a forward on the smallest batch, where a norm could be in
    doubt. Its buffers are left as they were.
    """
    part = min(2, -(-batch_size // accumulate), len(dataset))
    of_batch = part == 1 and next(norms_of_batch(model), None) is not None
    of_sample = any(isinstance(f, (LayerNorm, GroupNorm, InstanceNorm)) for f in walk(model))
    if not (of_batch or of_sample):
        return
    try:
        _forward(model, np.asarray(dataset.images[:part]))
    except SingleValueError as error:
        raise InputError(_refusal(error, part, len(dataset), batch_size, accumulate)) from None


def _forward(model: Layer, images: Array) -> None:
    buffers = [node for _, node in named_arrays(model) if isinstance(node, Buffer)]
    before = [buffer.value.copy() for buffer in buffers]
    try:
        with np.errstate(all="ignore"):
            model.forward(images)
    finally:
        for buffer, value in zip(buffers, before, strict=True):
            buffer.value = value


def _refusal(
    error: SingleValueError, part: int, images: int, batch_size: int, accumulate: int
) -> str:
    where = f"{error.path}: {error.problem}" if error.path else error.problem
    if part > 1:
        return where
    if images == 1:
        return f"train: expected 2 images or more for a model with batch norm, received 1 ({where})"
    if batch_size == 1:
        return f"batch_size: expected 2 or more for a model with batch norm, received 1 ({where})"
    return (
        f"accumulate: expected at most {batch_size // 2} for batches of {batch_size} and a model "
        f"with batch norm, so that each part has 2 images, received {accumulate} ({where})"
    )


def fresh_norms(model: Layer) -> list[Any]:
    """The norms that look across the batch and have not learned from any yet."""
    norms: list[Any] = list(norms_of_batch(model))
    return [
        norm
        for norm in norms
        if not norm.running_mean.value.any() and (norm.running_var.value == 1).all()
    ]


def unsettled(trainer: Trainer) -> str:
    """What to say of norms whose statistics are no basis to predict from; "" if there are none."""
    if any(callback.refreshes_statistics for callback in trainer.callbacks):
        return ""
    momenta = [n.momentum for n in trainer.fresh_norms if not getattr(n, "frozen", False)]
    momentum = max(momenta, default=0.0)
    left = momentum ** (trainer.step * trainer.accumulate)
    if left <= ENOUGH:
        return ""
    steps = trainer.step
    enough = f"; {_steps(momentum, trainer.accumulate)} would be enough" if momentum < 1 else ""
    more = "more epochs" if trainer.budget is None else "a longer time"
    return (
        f"after {plural(steps, 'step')} the running statistics of batch norm are "
        f"still {left:.0%} their first values, so predictions are worse than what was learned"
        f"{enough}: train for {more}, or in smaller batches"
    )


def _steps(momentum: float, updates: int) -> int:
    return math.ceil(math.log(ENOUGH) / (math.log(momentum) * updates))


def refresh_batch_norm(model: Layer, dataset: Dataset, *, batch_size: int = 512) -> int:
    """Set every running mean and variance to the mean over the batches of ``dataset``.

    Needed where the weights were not reached by training, as an average of weights. Each batch
    weighs by its count, and the variances are those within batches, as in training. Weights
    and other buffers (dropout's counter) stay. Returns how many layers were refreshed.
    """
    layers: list[Any] = [
        layer for layer in walk(model) if {"momentum", "running_mean"} <= vars(layer).keys()
    ]
    if not layers:
        return 0
    momenta = [layer.momentum for layer in layers]
    own = {id(node) for layer in layers for node in vars(layer).values()}
    buffers = [n for _, n in named_arrays(model) if isinstance(n, Buffer) and id(n) not in own]
    before = [buffer.value for buffer in buffers]
    seen = 0
    size = min(batch_size, len(dataset))
    loader = Loader(dataset, size, shuffle=False, smallest=smallest_batch(model))
    try:
        for images, labels in loader.batches(0):
            for layer in layers:  # running ← momentum · running + (1 - momentum) · batch
                layer.momentum = seen / (seen + len(labels))
            model.forward(images)
            seen += len(labels)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
        for buffer, value in zip(buffers, before, strict=True):
            buffer.value = value
    return len(layers)
