"""Images seen through maps, a thread for each value of the result."""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..reference import resample as reference
from .arrays import empty, laid_out, placed
from .launch import elements

__all__ = ["crop_flip", "sample_affine"]

BORDERS = {"constant": 0, "edge": 1, "reflect": 2}


def crop_flip(images: Array, starts: Array, steps: Array, border: str, fill: int) -> Array:
    y = empty(images.shape, np.uint8)
    elements(
        "images", "crop_flip", y.size, laid_out(images), placed(starts, np.int64),
        placed(steps, np.int64), y.size, *images.shape[1:], BORDERS[border], fill, y,
    )  # fmt: skip
    return y


def sample_affine(images: Array, maps: Array, border: str, fill: int) -> Array:
    y = empty(images.shape, np.uint8)
    elements(
        "images", "sample_affine", y.size, laid_out(images),
        placed(reference.fixed_maps(maps), np.int64), y.size, *images.shape[1:],
        BORDERS[border], fill, y,
    )  # fmt: skip
    return y
