"""The multi-layer perceptron."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

from ..declared import checked
from ..errors import InputError
from ..initializers import he_normal
from ..layers import (
    ACTIVATIONS,
    BatchNorm,
    Dropout,
    Flatten,
    LayerNorm,
    Linear,
    Normalize,
    Sequential,
)
from ..layers.base import Layer
from ..layers.variables import Initializer
from ..ranges import Fraction, OneOf, PositiveInt, Setting, Units

NORMS = {"batch": BatchNorm, "layer": LayerNorm}


@checked
def mlp(
    inputs: int | Sequence[int],
    hidden: Annotated[Sequence[Units], Setting(default=(256, 128, 64))],
    classes: PositiveInt,
    *,
    norm: Literal["batch", "layer"] | None = None,
    dropout: Fraction = 0.0,
    activation: Annotated[str, OneOf(ACTIVATIONS)] = "relu",
    init: Initializer = he_normal,
) -> Sequential:
    """normalize -> flatten -> [linear -> norm -> activation -> dropout] for each size -> linear

    ``inputs`` is the number of values in an image or its shape (H, W, C); given a shape, each
    channel is normalized on its own. ``norm`` is None, "batch" or "layer", ``activation`` a name in
    ``layers.ACTIVATIONS``. The output is logits (N, classes).

    InputError for a size below 1, and for an option that cannot be.

    Source: Rumelhart, Hinton and Williams 1986, "Learning representations by back-propagating
    errors".

    >>> import numpy as np
    >>> model = mlp((8, 8, 1), (32,), 10, norm="batch").init(0)
    >>> model(np.zeros((2, 8, 8, 1), np.uint8)).shape
    (2, 10)
    """
    shape = (inputs,) if isinstance(inputs, int) else tuple(inputs)
    sizes = (math.prod(shape), *hidden)
    if min(*sizes, classes) < 1:
        raise InputError(
            "inputs, hidden, classes: expected sizes of at least 1, "
            f"received {inputs}, {hidden}, {classes}"
        )
    layers: list[Layer] = [Normalize(shape[-1] if len(shape) == 3 else 1), Flatten()]
    for n_in, n_out in pairwise(sizes):
        layers.append(Linear(n_in, n_out, init=init))
        if norm:
            layers.append(NORMS[norm](n_out))
        layers.append(ACTIVATIONS[activation]())
        if dropout:
            layers.append(Dropout(dropout))
    return Sequential(*layers, Linear(sizes[-1], classes, init=init))
