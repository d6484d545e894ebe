"""Color to gray."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..types import Array
from .dataset import Dataset
from .lazy import ChangedImages, all_of, chunks, is_in_file

WEIGHTS = (19595, 38470, 7471)
"""Of red, green and blue in 65,536ths: 0.299, 0.587, 0.114, rounded so that they sum to one."""


@checked
def grayscale(dataset: Dataset) -> Dataset:
    """Y = 0.299 R + 0.587 G + 0.114 B        images (N, H, W, 3) -> (N, H, W, 1)

    The luma of ITU-R BT.601, rounded to the nearest as Pillow does it, so that an image which
    ``chainrule predict`` decodes to gray has the very pixels that were trained on. Images that
    are gray already come back as they are; of those in a file each becomes gray when it is read.
    Raises InputError for other numbers of channels.

    >>> import numpy as np
    >>> red = np.array([255, 0, 0], np.uint8).reshape(1, 1, 1, 3)
    >>> grayscale(Dataset(red, np.zeros(1, np.int64), ("red",))).images.ravel().tolist()
    [76]
    """
    channels = dataset.images.shape[3]
    if channels == 1:
        return dataset
    if channels != 3:
        raise InputError(
            "images: expected 3 channels (red, green, blue) or 1, "
            f"received {channels} in {dataset!r}"
        )
    if is_in_file(dataset.images):
        base, indices = all_of(dataset.images)
        lazy: Any = GrayImages(base, indices, (*dataset.images.shape[1:3], 1))
        return replace(dataset, images=lazy)
    gray, done = np.empty((*dataset.images.shape[:3], 1), np.uint8), 0
    for images in chunks(dataset.images):  # the wider numbers need four times the memory
        gray[done : done + len(images), ..., 0] = luma(images)
        done += len(images)
    return replace(dataset, images=gray)


class GrayImages(ChangedImages):
    """Images of a file, uint8 (N, H, W, 3), as their luma."""

    def finish(self, images: Array) -> Array:
        return luma(images)[..., None]


def luma(images: Array) -> Array:
    """uint8 (..., 3) to uint8 (...)."""
    red, green, blue = WEIGHTS
    wide: Array = images[..., 0] * np.uint32(red)
    wide += images[..., 1] * np.uint32(green)
    wide += images[..., 2] * np.uint32(blue)
    wide += np.uint32(1 << 15)
    return (wide >> 16).astype(np.uint8)
