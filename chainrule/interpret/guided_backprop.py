"""Guided backpropagation: only what excites is passed back through a ReLU."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..layers import ReLU, ReLU6
from ..layers.base import Layer, named_layers
from ..layers.observe import Verb, intercept
from ..ranges import Count
from ..types import Array
from .given import Target, given
from .heat_maps import HeatMaps, found, strongest
from .inference import Score


@checked
def guided_backprop(
    model: Layer,
    images: Any,
    target: Target = None,
    *,
    score: Score = "logit",
    batch_size: Count | None = None,
) -> HeatMaps:
    """map = max over c of |g|        g (N, H, W, C) · maps (N, H, W)

    g is the gradient of the score of ``target`` as in `saliency`, but that every ReLU on the way
    passes on only what is positive, both when it went forward and on the way back:

        dx = dy · [y > 0] · [dy > 0]

    These are sharp pictures, which resemble the image more than they depend on the weights: look
    at `randomization_check` before you believe one.

    InputError for a model without ReLU or ReLU6, and as from `saliency`.

    Source: Springenberg et al. 2014, "Striving for simplicity: the all convolutional net".

    >>> from chainrule import data, models
    >>> model = models.mlp((8, 8, 1), (8,), 10).init(0)
    >>> guided_backprop(model, data.digits()[1].images[:3]).values.shape
    (3, 8, 8, 1)
    """
    asked = given(model, images, target)
    rectifiers = [
        (path, layer)
        for path, layer in named_layers(asked.inference.model)
        if isinstance(layer, ReLU | ReLU6)
    ]
    if not rectifiers:
        raise InputError(
            "model: expected one with ReLU, whose backward pass guided backpropagation changes, "
            "received one without; use saliency"
        )
    with intercept(rectifiers, _guided, ("backward",)):
        _, gradient = asked.inference.gradient(asked.x, asked.targets, score, batch_size)
    return HeatMaps(**found(asked, strongest(gradient), gradient, "guided_backprop"))


def _guided(path: str, layer: Layer, verb: str, run: Verb, arguments: tuple[Any, ...]) -> Array:
    dy, *cache = arguments
    dx: Array = run(np.maximum(dy, 0), *cache)
    return dx
