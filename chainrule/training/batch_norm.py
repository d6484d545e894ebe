"""Running statistics of batch norm: whether they have come far enough, and taking them anew.

running ← m · running + (1 - m) · batch, so after t updates mᵗ of the first values, mean 0 and
variance 1, is still in them. With m = 0.9 that is 81 % after 2 updates, and 10 % after 22.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..data.dataset import Dataset
from ..data.loader import Loader, batch_for
from ..layers.base import Layer, named_arrays
from ..layers.several import norms_of_batch, smallest_batch
from ..layers.variables import Buffer
from ..text import plural

if TYPE_CHECKING:
    from .trainer import Trainer

ENOUGH = 0.1  # of the first values in the running ones: a variance of 0.05 is then taken for 0.15


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


def refresh_batch_norm(model: Layer, dataset: Dataset, *, batch_size: int | None = None) -> int:
    """Set every running mean and variance to the mean over the batches of ``dataset``, of 512
    images, or of fewer large ones.

    Needed where the weights were not reached by training, as an average of weights. Each batch
    weighs by its count, and the variances are those within batches, as in training. Weights,
    other buffers (dropout's counter), and norms that are frozen, stay. Returns how many layers were
    refreshed. InputError for a batch size under 1.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> model = cr.models.mlp((8, 8, 1), (8,), 10, norm="batch").init(0)
    >>> refresh_batch_norm(model, train)
    1
    """
    layers: list[Any] = [
        layer
        for layer in norms_of_batch(model)
        if {"momentum", "running_mean"} <= vars(layer).keys()
    ]
    if not layers:
        return 0
    momenta = [layer.momentum for layer in layers]
    own = {id(node) for layer in layers for node in vars(layer).values()}
    buffers = [n for _, n in named_arrays(model) if isinstance(n, Buffer) and id(n) not in own]
    before = [buffer.value for buffer in buffers]
    seen, device = 0, model.device
    size = batch_for(dataset.images.shape) if batch_size is None else batch_size
    size = min(size, len(dataset))
    loader = Loader(dataset, size, shuffle=False, smallest=smallest_batch(model))
    try:
        for images, labels in loader.batches(0):
            for layer in layers:  # running ← momentum · running + (1 - momentum) · batch
                layer.momentum = seen / (seen + len(labels))
            model.forward(device.put(images))
            seen += len(labels)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
        for buffer, value in zip(buffers, before, strict=True):
            buffer.value = value
    return len(layers)
