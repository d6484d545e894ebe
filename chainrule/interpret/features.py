"""What a net knows of images before its last layer decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..declared import checked
from ..errors import InputError
from ..layers.base import Layer, has_parameters
from ..layers.observe import intercept, named_leaves
from ..ranges import PositiveInt
from ..types import Array
from .lookup import batches, expect_finite


@checked
def head(model: Layer) -> tuple[str, Layer]:
    """The last layer with parameters, which turns features into logits, with its path.

    InputError for a model without parameters.

    >>> from chainrule import models
    >>> head(models.mlp((8, 8, 1), (16,), 10))
    ('layers.4', Linear(16, 10))
    """
    found = [(path, leaf) for path, leaf in named_leaves(model) if has_parameters(leaf)]
    if not found:
        raise InputError("model: expected one with parameters, received one without")
    return found[-1]


@checked
def features(model: Layer, images: Array | Dataset, batch_size: PositiveInt = 256) -> Array:
    """x of the head, y = head(x)        images (N, H, W, C) · features float (N, D)

    The activations from which the last layer with parameters makes the logits; where it is a
    convolution, their mean over the places. They are taken while the model predicts: running
    statistics, no dropout. ``images`` may be a data set, and may lie in a file, of which a batch is
    read at a time: ``batch_size``, or fewer of large ones.

    ShapeError where the model does not take the images; InputError for no images, and for weights
    that are NaN or infinite.

    Source: Donahue et al. 2014, "DeCAF: a deep convolutional activation feature for generic
    visual recognition".

    >>> from chainrule import data, models
    >>> features(models.mlp((8, 8, 1), (16,), 10).init(0), data.digits()[1].images[:5]).shape
    (5, 16)
    """
    path, last = head(model)
    expect_finite(model)
    seen: list[Array] = []
    parts: list[Array] = []

    def around(
        path: str, layer: Layer, verb: str, run: Callable[..., Any], given: tuple[Any, ...]
    ) -> Any:
        seen.append(given[0])
        return run(*given)

    with intercept([(path, last)], around, ("__call__",)):
        for some in batches(model, images, batch_size):
            model(some)
            x = seen.pop()
            seen.clear()
            parts.append(np.array(x.mean(axis=(1, 2)) if x.ndim == 4 else x.reshape(len(x), -1)))
    return np.concatenate(parts)
