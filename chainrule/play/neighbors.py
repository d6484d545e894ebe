"""The training images that a model holds for most like an image, and its test images."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..errors import InputError
from ..interpret import features, nearest_images
from ..printable import received
from ..random import generator
from ..types import Array
from .numbers import number, pixel_text
from .opened import Opened

MOST, FEWEST = 5000, 100
"""Training images whose features are compared."""
OPERATIONS = 2e11
"""That their features may take: a few seconds of two cores."""
TURN = 0.015
"""Seconds, about, after which others have theirs."""
SHOWN = 8


class Known:
    """Training images with their features (n, D), which are computed a part at a time, so that
    other pages are answered in between."""

    def __init__(self, opened: Opened) -> None:
        train, _ = opened.data
        count = min(len(train), max(FEWEST, min(MOST, int(OPERATIONS / _each(opened)))))
        order = generator("play", 0, "nearest").permutation(len(train))[:count]
        self.opened, self.indices = opened, np.sort(order)
        self.images: Dataset = train.take(self.indices)
        self.parts: list[Array] = []
        self.done, self.size = 0, 8

    @property
    def complete(self) -> bool:
        """Whether all features are there."""
        return self.done == len(self.images)

    def advance(self) -> None:
        """Compute those of some more images."""
        start = perf_counter()
        some = self.images.images[self.done : self.done + self.size]
        self.parts.append(features(self.opened.model, np.asarray(some)))
        self.done += len(some)
        seconds = perf_counter() - start
        self.size = min(512, 2 * self.size) if seconds < TURN else max(1, self.size // 2)

    @property
    def features(self) -> Array:
        """(n, D)."""
        self.parts = [np.concatenate(self.parts)]
        return self.parts[0]


def advance(opened: Opened) -> bool:
    """Compute a part of the features; whether all are there. InputError for a model whose training
    images are not known."""
    if opened.known is None:
        opened.known = Known(opened)
    known: Known = opened.known
    if not known.complete:
        known.advance()
    return known.complete


def nearest(opened: Opened, pixels: Array) -> dict[str, Any]:
    """The nearest training images by the cosine distance of their features, nearest first.
    InputError for a model whose training images are not known."""
    while not advance(opened):
        pass
    known: Known = opened.known
    own = features(opened.model, pixels[np.newaxis])
    k = min(SHOWN, len(known.images))
    found = nearest_images(own, known.features, k=k)
    return {
        "searched": len(known.images),
        "of": len(opened.data[0]),
        "images": [
            {
                "index": int(known.indices[place]),
                "pixels": pixel_text(known.images.images[place]),
                "label": known.images.classes[int(known.images.labels[place])],
                "distance": number(distance),
            }
            for place, distance in zip(
                found.indices[0].tolist(), found.distances[0].tolist(), strict=True
            )
        ],
    }


def quick(opened: Opened) -> bool:
    """Whether the features of the training images take no more than a second or two, once."""
    each = _each(opened)
    return each * max(FEWEST, min(MOST, OPERATIONS // each)) <= OPERATIONS / 4


def _each(opened: Opened) -> float:
    return max(1.0, opened.operations or OPERATIONS / FEWEST)


def chosen_image(opened: Opened, index: Any) -> tuple[Array, dict[str, Any]]:
    """A test image of the run, with its class and how many there are. InputError for a model whose
    test images are not known."""
    _, test = opened.data
    text = str(index)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) < len(test)):
        raise InputError(f"index: expected 0 to {len(test) - 1}, received {received(index)}")
    image, label = test[int(text)]
    return np.asarray(image, np.uint8), {
        "index": int(text),
        "count": len(test),
        "label": test.classes[label],
        "name": test.name_of(int(text)),
    }
