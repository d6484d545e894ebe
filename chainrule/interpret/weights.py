"""The weights of a model as pictures and tables: filters, matrices, templates, histograms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..layers.base import Layer, has_parameters, named_parameters
from ..layers.conv import Conv2d
from ..layers.linear import Linear
from ..layers.observe import named_leaves
from ..ranges import Count, NonNegativeInt
from ..types import Array
from .lookup import at, expect_finite, of_kind


@checked
def filters(model: Layer, layer: NonNegativeInt | str = 0) -> Array:
    """w[o, a, b, c] of a convolution        (O, kh, kw, C/groups): an image for each filter

    ``layer`` is which of the convolutions, 0 the first, or its path, as "layers.1". InputError for
    a model without convolutions, a layer that is none, and weights that are NaN or infinite.

    Source: Krizhevsky et al. 2012, "ImageNet classification with deep convolutional neural
    networks", figure 3.

    >>> from chainrule import models
    >>> filters(models.convnet((16, 16, 3), 10, filters=(4, 6)).init(0), 1).shape
    (6, 3, 3, 4)
    """
    _, conv = convolution(model, layer)
    expect_finite(conv)
    return np.ascontiguousarray(conv.weight.value.transpose(3, 0, 1, 2))


def convolution(model: Layer, layer: int | str = 0) -> tuple[str, Conv2d]:
    """The path and the layer that ``filters`` means by ``layer``."""
    if isinstance(layer, str):
        return layer, at(model, layer, Conv2d, "a convolution")
    found = of_kind(model, Conv2d)
    if not found:
        raise InputError(
            "model: expected one with a convolution, received one without: its weights are drawn "
            "by 'weights' and 'templates'"
        )
    if layer >= len(found):
        raise InputError(f"layer: expected below {len(found)}, the convolutions, received {layer}")
    return found[layer]


@checked
def weight_matrix(model: Layer, layer: str | None = None) -> Array:
    """W of a fully connected layer, y = x W + b        (in, out)

    ``layer`` is its path, the last one by default, whose columns are the classes. InputError for a
    model without such a layer, a layer that is none, and weights that are NaN or infinite.

    >>> from chainrule import models
    >>> weight_matrix(models.mlp((8, 8, 1), (32,), 10).init(0)).shape
    (32, 10)
    """
    linear = fully_connected(model, layer)[1]
    expect_finite(linear)
    return linear.weight.value


def fully_connected(model: Layer, layer: str | None = None) -> tuple[str, Linear]:
    """The path and the layer that `weight_matrix` means by ``layer``."""
    if layer is not None:
        return layer, at(model, layer, Linear, "a fully connected layer")
    found = of_kind(model, Linear)
    if not found:
        raise InputError("model: expected one with a fully connected layer, received one without")
    return found[-1]


@checked
def templates(model: Layer, shape: Sequence[int] | None = None) -> Array:
    """w[k, i, j, c] of a fully connected layer on the pixels themselves        (K, H, W, C)

    Each output compares the image with one of these: yₖ = Σ x w[k] + b[k]. In a linear classifier
    they are the templates of its K classes, in a deeper net those of the K units of its first
    layer. ``shape`` is (H, W, C) of the images; a trained model knows it.

    InputError where the first layer with weights is another, or takes another number of values;
    and for weights that are NaN or infinite.

    >>> from chainrule import models
    >>> templates(models.mlp((8, 8, 1), (), 10).init(0), (8, 8, 1)).shape
    (10, 8, 8, 1)
    """
    path, linear = on_pixels(model)
    if shape is None and model.signature is not None:
        shape = model.signature.image_shape
    if shape is None or len(shape) != 3:
        raise InputError(
            "shape: expected (H, W, C) of the images, which this model does not know, received "
            f"{'none' if shape is None else tuple(shape)}"
        )
    if math.prod(shape) != linear.weight.shape[0]:
        raise InputError(
            f"{path} takes {linear.weight.shape[0]:,} values, and an image of {tuple(shape)} has "
            f"{math.prod(shape):,}: it has no templates"
        )
    expect_finite(linear)
    return np.ascontiguousarray(linear.weight.value.T).reshape(-1, *shape)


def on_pixels(model: Layer) -> tuple[str, Linear]:
    """The fully connected layer that the pixels go into. InputError if another comes first."""
    path, first = next(
        ((path, leaf) for path, leaf in named_leaves(model) if has_parameters(leaf)), ("", model)
    )
    if not isinstance(first, Linear):
        raise InputError(
            "model: expected one whose first layer with weights is fully connected, received "
            f"{type(first).__name__}{f' at {path}' if path else ''}; its weights are drawn by "
            "'filters'"
        )
    return path, first


@dataclass(frozen=True, eq=False, repr=False)
class Histogram:
    """How the values of one parameter array are spread.

    path    its dotted path
    shape   its shape
    counts  int64 (N,), values in each of N bins
    edges   (N + 1,)
    mean, std, zeros   of the values; ``zeros`` is the share that is exactly 0

    >>> from chainrule import models
    >>> found = parameter_histograms(models.mlp((8, 8, 1), (), 10).init(0))
    >>> found[1].path, found[1].zeros, int(found[0].counts.sum())
    ('layers.2.bias', 1.0, 640)
    """

    path: str
    shape: tuple[int, ...]
    counts: Array
    edges: Array
    mean: float
    std: float
    zeros: float

    def __repr__(self) -> str:
        return f"Histogram({self.path}, {self.shape}: mean {self.mean:.3g}, std {self.std:.3g})"


@checked
def parameter_histograms(model: Layer, bins: Count = 50) -> list[Histogram]:
    """A histogram of every parameter array, in the order of the model.

    InputError for weights that are NaN or infinite.

    >>> from chainrule import models
    >>> [h.path for h in parameter_histograms(models.mlp((8, 8, 1), (), 10).init(0), bins=10)]
    ['layers.2.weight', 'layers.2.bias']
    """
    expect_finite(model)
    found = []
    for path, node in named_parameters(model):
        value = node.value.astype(np.float64).ravel()
        counts, edges = np.histogram(value, bins, range=_limits(value))
        zeros = float((value == 0).mean()) if value.size else 0.0
        mean, std = (value.mean(), value.std()) if value.size else (0.0, 0.0)
        found.append(Histogram(path, node.shape, counts, edges, float(mean), float(std), zeros))
    return found


def _limits(value: Array) -> tuple[float, float]:
    """The least and the greatest value; where all are equal, some room around them."""
    low, high = (float(value.min()), float(value.max())) if value.size else (0.0, 0.0)
    if high - low > 1e-9 * max(abs(low), abs(high)):
        return low, high
    room = 1e-3 * max(abs(low), 1.0)
    return low - room, high + room
