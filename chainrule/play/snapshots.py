"""What of a model is looked at while it learns, in JSON values: its first filters, and what it says
of a few test images."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..data.formats.thumbnails import data_uri
from ..errors import InputError
from ..interpret.weights import filters, templates
from ..layers.base import Layer
from ..metrics import predict_probabilities
from ..types import Array

IMAGES = 12  # in the row of test images
FILTERS = 32
LARGEST = 64  # pixels a side of a filter that is shown
TOP = 3


def chosen_images(test: Dataset) -> Array:
    """Indices of at most IMAGES test images: the first of each class, then the second …; those of
    different classes stand side by side."""
    labels = np.asarray(test.labels)
    places = np.empty(len(labels), dtype=np.int64)  # how many of its class come before each image
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        places[own] = np.arange(len(own))
    return np.lexsort((labels, places))[:IMAGES]


def shown_images(test: Dataset, indices: Array) -> dict[str, Any]:
    """Those images as they are shown: small images, their labels, and the names of the classes."""
    return {
        "images": [data_uri(np.asarray(test.images[int(i)])) for i in indices],
        "labels": [int(test.labels[int(i)]) for i in indices],
        "classes": list(test.classes),
    }


def first_filters(model: Layer, shape: Sequence[int]) -> dict[str, Any] | None:
    """The first convolution's filters, or what the units of a fully connected first layer compare
    the image with, in bytes: 128 is 0, and the largest of all weights is 255 or 1. ``shape`` is
    that of an image, (H, W, C). None where the first layer is neither, or a weight is no number.
    """
    for find in (partial(templates, model, shape), partial(filters, model, 0)):
        try:
            found = find()
        except InputError:
            continue
        if found.shape[-1] != 3:
            found = found.mean(axis=-1, keepdims=True)
        shown = found[:FILTERS]
        step = -(-max(shown.shape[1:3]) // LARGEST)
        shown = shown[:, ::step, ::step]
        largest = float(np.abs(shown).max()) or 1.0
        pixels = np.rint(128 + 127 * (shown / largest)).astype(np.uint8)
        return {
            "shape": list(pixels.shape[1:]),
            "shown": len(pixels),
            "count": len(found),
            "largest": largest,
            "pixels": base64.b64encode(pixels.tobytes()).decode(),
        }
    return None


def guesses(model: Layer, images: Array) -> list[list[list[float]]]:
    """For each image the TOP classes with their probabilities, [[class, p] …]."""
    with np.errstate(all="ignore"):
        p = predict_probabilities(model, images)
    order = np.argsort(-np.nan_to_num(p, nan=-1.0), axis=1, kind="stable")[:, :TOP]
    return [[[int(k), float(row[k])] for k in top] for row, top in zip(p, order, strict=True)]


def look(model: Layer, images: Array) -> dict[str, Any]:
    """Both, at this moment."""
    return {
        "filters": first_filters(model, images.shape[1:]),
        "guesses": guesses(model, images),
    }
