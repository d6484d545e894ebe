"""What every layer makes of one image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import native
from ..declared import checked
from ..errors import InputError
from ..layers.base import Layer, named_layers
from ..layers.containers import Sequential
from ..layers.observe import intercept
from ..types import Array
from .lookup import expect_finite


@dataclass(frozen=True, eq=False, repr=False)
class FeatureMap:
    """What one layer gives for one image.

    path    of the layer, as layers.1; "" for a model that is one layer
    kind    the name of its class
    output  (H, W, C) or (features,)

    >>> from chainrule import data, models
    >>> model = models.convnet((8, 8, 1), 10, filters=(4,)).init(0)
    >>> maps = feature_maps(model, data.digits()[1].images[0])
    >>> maps[1]
    FeatureMap(layers.1: Conv2d, (8, 8, 4))
    >>> maps[1].path, maps[1].kind, maps[1].shape
    ('layers.1', 'Conv2d', (8, 8, 4))
    """

    path: str
    kind: str
    output: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of ``output``."""
        return self.output.shape

    def __repr__(self) -> str:
        return f"FeatureMap({self.path or 'the model'}: {self.kind}, {self.shape})"


@checked
def feature_maps(model: Layer, image: Array) -> list[FeatureMap]:
    """y = layer(x) of every layer for one image        image (H, W, C), or a batch of one

    In the order in which the layers run; one that is used twice stands there twice. Blocks that
    add or join what is inside of them (`Residual`, `Parallel`, `Graph` …) come after it; a
    `Sequential` gives what its last layer gave, and has no row of its own. Outputs are copies, of
    prediction: running statistics, no dropout.

    ShapeError where the model does not take the image, InputError for more than one image, and for
    weights that are NaN or infinite.

    Source: Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks".

    >>> from chainrule import data, models
    >>> model = models.mlp((8, 8, 1), (16,), 10).init(0)
    >>> [(m.kind, m.shape) for m in feature_maps(model, data.digits()[1].images[0])][2:]
    [('Linear', (16,)), ('ReLU', (16,)), ('Linear', (10,))]
    """
    return [
        FeatureMap(run.path, type(run.layer).__name__, run.output)
        for run in passes(model, one_image(model, image))
    ]


@dataclass(frozen=True, eq=False)
class Pass:
    """One use of a layer for one image: what it was given, and what it gave, without the batch's
    axis. The arrays are copies."""

    path: str
    layer: Layer
    inputs: tuple[Array, ...]
    output: Array


def passes(model: Layer, batch: Array) -> list[Pass]:
    """Those of all layers, in the order in which they end, for a batch of one image; not of
    `Sequential`, which gives what its last layer gave. InputError for weights that are NaN or
    infinite."""
    expect_finite(model)
    found: list[Pass] = []

    def around(
        path: str, layer: Layer, verb: str, run: Callable[..., Any], given: tuple[Any, ...]
    ) -> Any:
        inputs = tuple(np.array(x[0]) for x in given)
        y = run(*given)
        found.append(Pass(path, layer, inputs, np.array(y[0])))
        return y

    seen = [(p, each) for p, each in named_layers(model) if not isinstance(each, Sequential)]
    with intercept(seen, around, ("__call__",)):
        model(batch)
    return found


def one_image(model: Layer, image: Array) -> Array:
    """The image as a batch of one."""
    x = native("image", image)
    size = None if model.signature is None else model.signature.image_shape
    if x.ndim == 4 and len(x) != 1:
        raise InputError(f"image: expected one image, received {len(x):,}")
    batch = x if x.ndim == 4 else x[np.newaxis]
    if size is not None and batch.ndim == 3 and size[2] == 1:
        batch = batch[..., np.newaxis]  # gray, without its axis
    if size is not None and batch.shape[1:] != size:
        raise InputError(f"image: expected {size}, as the model was trained on, received {x.shape}")
    return batch
