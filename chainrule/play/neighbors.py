"""The training images that a model holds for most like an image, and its test images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

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
SHOWN = 8


@dataclass(frozen=True, eq=False)
class Known:
    """Training images with their features (n, D)."""

    images: Dataset
    indices: Array
    features: Array


_known: WeakKeyDictionary[Opened, Known] = WeakKeyDictionary()


def nearest(opened: Opened, pixels: Array) -> dict[str, Any]:
    """The nearest training images by the cosine distance of their features, nearest first.
    InputError for a model whose training images are not known."""
    known = _known.get(opened) or _known.setdefault(opened, _computed(opened))
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


def _computed(opened: Opened) -> Known:
    train, _ = opened.data
    each = max(1, opened.operations or OPERATIONS / FEWEST)
    count = min(len(train), max(FEWEST, min(MOST, int(OPERATIONS / each))))
    order = generator("play", 0, "nearest").permutation(len(train))[:count]
    chosen = np.sort(order)
    images = train.take(chosen)
    return Known(images, chosen, features(opened.model, images))


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
