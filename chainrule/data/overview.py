"""A data set as a notebook shows it: an image of each class, and how many there are."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from .. import notebook
from ..markup import Markup, el, join

if TYPE_CHECKING:
    from .dataset import Dataset

CLASSES, IMAGES = 12, 6
"""The classes that have images, and how many each."""


def overview(dataset: Dataset) -> str:
    """Each class with its first images, and how many it has."""
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    rows = [
        (name, _images(dataset, k) if k < CLASSES else "", f"{counts[k]:,}")
        for k, name in enumerate(dataset.classes)
    ]
    return notebook.html(repr(dataset), [("class", "first images", "images"), *rows])


def _images(dataset: Dataset, k: int) -> Markup:
    from .formats.thumbnails import data_uri

    style = "height:32px;margin:0 2px 0 0;display:inline;image-rendering:pixelated"
    found = islice(np.flatnonzero(dataset.labels == k).tolist(), IMAGES)
    return join(
        el("img", src=data_uri(np.asarray(dataset.images[n])), alt=dataset.name_of(n), style=style)
        for n in found
    )
