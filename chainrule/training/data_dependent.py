"""Layers that measure the training images before the first step: `Normalize`, `WhiteningConv2d`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..layers.base import Layer, walk
from ..layers.normalize import Normalize
from ..layers.observe import VERBS, Verb, intercept, named_leaves
from ..layers.whitening import WhiteningConv2d
from ..types import Array

IMAGES = 5000
"""Images that stand for all where not every pixel is counted, as in Jordan 2024."""

VALUES = 1 << 24
"""Pixel values that they may have: 64 MiB of float32."""


def measure_images(model: Layer, images: Any) -> None:
    """Let every layer of ``model`` that has not done so yet measure uint8 ``images`` (N, H, W, C).

    `Normalize` counts all of them, `WhiteningConv2d` what the layers before it make of some 5,000
    that are evenly spread.
    """
    layers = list(walk(model))
    for layer in layers:
        if isinstance(layer, Normalize) and not layer.fitted.value:
            layer.fit(images)
    for layer in layers:
        if isinstance(layer, WhiteningConv2d) and not layer.fitted.value:
            x = _input_of(model, layer, model.device.put(_some(images)))
            if x is not None:
                layer.fit(x)


def _some(images: Any) -> Array:
    each = max(1, images.size // max(1, len(images)))
    count = min(len(images), IMAGES, max(1, VALUES // each))
    return np.asarray(images[np.linspace(0, len(images) - 1, count).astype(np.int64)])


class _Reached(Exception):
    """Thrown out of the model: what comes after the layer need not be computed."""


def _input_of(model: Layer, layer: Layer, images: Array) -> Array | None:
    """What ``layer`` is given where ``model`` predicts; None if it does not run."""
    given: list[Array] = []

    def around(_: str, running: Layer, verb: str, run: Verb, arguments: tuple[Any, ...]) -> Any:
        if running is layer:
            given.append(arguments[0])
            raise _Reached
        return run(*arguments)

    try:
        with intercept(named_leaves(model), around, VERBS):
            model(images)
    except _Reached:
        return given[0]
    return None
