"""Occlusion: what the score loses where a patch of the image is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..layers import Normalize
from ..layers.base import Layer, walk
from ..printable import received
from ..ranges import Count, PositiveInt
from ..types import Array
from .given import Given, Target, given, pixel_value
from .heat_maps import HeatMaps, found
from .inference import Score, batches, scored

Box = tuple[int, int]
Pair = tuple[PositiveInt, PositiveInt]


@checked
def occlusion(
    model: Layer,
    images: Any,
    target: Target = None,
    *,
    patch: PositiveInt | Pair | None = None,
    stride: PositiveInt | Pair | None = None,
    value: float | None = None,
    score: Score = "probability",
    batch_size: Count | None = None,
) -> HeatMaps:
    """map[n, i, j] = mean over the patches P that cover (i, j) of s(x) - s(x with P hidden)

        images (N, H, W, C) · maps (N, H, W), values (N, H, W, 1)

    Above 0 the model needs what is there: hiding it lowers the probability s of ``target`` (its
    logit with ``score="logit"``). No gradient is taken. A ``patch`` is a square, or (rows,
    columns), a fifth of the shorter side by default; patches are ``stride`` apart, a third of the
    patch by default, and the last ones end with the image. Hidden pixels have the ``value`` (in
    0..1 where the model normalizes pixels), by default the mean of the training images.

    InputError for a patch larger than the image, and as from `saliency`.

    Source: Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks".

    >>> from chainrule import data, models
    >>> model = models.mlp((8, 8, 1), (8,), 10).init(0)
    >>> occlusion(model, data.digits()[1].images[:2], patch=2, stride=2).maps.shape
    (2, 8, 8)
    """
    asked = given(model, images, target)
    h, w = asked.x.shape[1:3]
    rows, columns = _pair(patch, max(1, min(h, w) // 5))
    if rows > h or columns > w:
        raise InputError(
            f"patch: expected at most the image's {h} x {w} pixels, received {received(patch)}"
        )
    steps = _pair(stride, max(1, min(rows, columns) // 3))
    corners = [(i, j) for i in _starts(h, rows, steps[0]) for j in _starts(w, columns, steps[1])]
    hidden = _hidden_value(model, value, asked.x)
    whole, _ = scored(asked.inference.logits(asked.x), asked.targets, score)
    drops = np.zeros((len(asked.x), h, w), np.float64)
    covered = np.zeros((h, w), np.int64)
    for i, j in corners:
        covered[i : i + rows, j : j + columns] += 1
    for n in range(len(asked.x)):
        lost = _losses(asked, n, corners, (rows, columns), hidden, score, batch_size)
        for (i, j), s in zip(corners, lost, strict=True):
            drops[n, i : i + rows, j : j + columns] += float(whole[n]) - s
    maps = (drops / np.maximum(covered, 1)).astype(asked.x.dtype)
    return HeatMaps(**found(asked, maps, maps[..., None], "occlusion", signed=True))


def _losses(
    asked: Given, n: int, corners: list[Box], patch: Box, hidden: Array, score: Score,
    batch_size: int | None,
) -> Iterator[float]:  # fmt: skip
    """The score of image n with each of the patches hidden."""
    index = np.arange(len(corners))
    image = asked.x[n : n + 1]
    for part in batches(index, batch_size, np.broadcast_to(image, (len(index), *image.shape[1:]))):
        several = np.repeat(image, len(part), axis=0)
        for k, corner in enumerate(part.tolist()):
            i, j = corners[corner]
            several[k, i : i + patch[0], j : j + patch[1]] = hidden
        logits = asked.inference.logits(several)
        yield from scored(logits, np.repeat(asked.targets[n], len(part)), score)[0].tolist()


def _starts(side: int, patch: int, stride: int) -> list[int]:
    """Where patches begin along a side; the last one ends with it."""
    starts = list(range(0, side - patch + 1, stride))
    return starts if starts[-1] == side - patch else [*starts, side - patch]


def _pair(given: Any, default: int) -> Box:
    if given is None:
        return default, default
    first, second = given if hasattr(given, "__len__") else (given, given)
    return int(first), int(second)


def _hidden_value(model: Layer, value: float | None, x: Array) -> Array:
    """A number, or one for each channel: 0 after the model's `Normalize` unless it is given."""
    if value is not None:
        return np.full(1, pixel_value(model, value=value), x.dtype)
    first = next((layer for layer in walk(model) if isinstance(layer, Normalize)), None)
    return np.zeros(1, x.dtype) if first is None else first.mean.value.astype(x.dtype)
