"""How a training cuts its data, so that no norm is left with one value to learn from.

Batch norm and switchable norm take statistics across the batch. With one value a channel those
say nothing (`chainrule.layers.SingleValueError`), so for a model with such a norm

    a last batch of one image joins the batch before it, and
    so does a last part of one image, where ``accumulate`` takes batches in parts.

No image is left out, and the cut follows from sizes alone, so that a resume makes the same one.
What cannot be cut so is refused before the first step.
"""

from __future__ import annotations

import numpy as np

from ..data.dataset import Dataset
from ..data.loader import Loader
from ..errors import InputError
from ..layers.base import Layer, named_arrays, walk
from ..layers.norm import GroupNorm, InstanceNorm, LayerNorm
from ..layers.several import SingleValueError, norms_of_batch, smallest_batch
from ..layers.variables import Buffer
from ..types import Array


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
