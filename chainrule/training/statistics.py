"""Running statistics of batch norm, taken anew from data."""

from __future__ import annotations

from typing import Any

from ..data.dataset import Dataset
from ..data.loader import Loader
from ..layers.base import Layer, named_arrays, walk
from ..layers.several import smallest_batch
from ..layers.variables import Buffer


def refresh_batch_norm(model: Layer, dataset: Dataset, *, batch_size: int = 512) -> int:
    """Set every running mean and variance to the mean over the batches of ``dataset``.

    Needed where the weights were not reached by training, as an average of weights. Each batch
    weighs by its count, and the variances are those within batches, as in training. Weights
    and other buffers (dropout's counter) stay. Returns how many layers were refreshed.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> model = cr.models.mlp((8, 8, 1), (8,), 10, norm="batch").init(0)
    >>> refresh_batch_norm(model, train)
    1
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
