"""An evaluation whose images are shared among the ranks."""

from __future__ import annotations

import numpy as np

from ..data.dataset import Dataset
from ..data.loader import batch_for
from ..losses import Loss
from ..metrics import DEFAULT_LOSS, Evaluation, Model, evaluate, evaluate_logits, predict_logits
from ..types import Array
from .group import Group


def evaluate_together(
    model: Model, dataset: Dataset, group: Group, loss: Loss = DEFAULT_LOSS
) -> Evaluation:
    """What `chainrule.metrics.evaluate` says, on every rank: each predicts its share of the images,
    and the logits of all are joined."""
    if group.size == 1 or not len(dataset):
        return evaluate(model, dataset, loss)
    size, share = batch_for(dataset.images.shape), (group.rank, group.size)
    alive = Alive(model, group)
    logits = group.together(lambda: predict_logits(alive, dataset, size, share=share))
    double = group.any(logits.dtype == np.float64)
    joined = group.concatenate(logits.astype(np.float64 if double else np.float32))
    return evaluate_logits(joined, np.asarray(dataset.labels), loss)


class Alive:
    """A model that tells the others, with each batch, that this rank is at work."""

    def __init__(self, model: Model, group: Group) -> None:
        self.model, self.group = model, group
        self.signature = getattr(model, "signature", None)

    def __call__(self, images: Array) -> Array:
        self.group.pulse(0.0)
        return self.model(images)
