"""Boxes put into images, and images put into one another."""

from __future__ import annotations

import math

import numpy as np

from ...types import Array
from ..reference.recolor import fixed
from .arrays import empty, laid_out, placed
from .launch import elements

__all__ = ["blend", "erase", "paste"]


def erase(images: Array, boxes: Array, fill: int) -> Array:
    return _paste(images, None, boxes, fill)


def paste(images: Array, others: Array, boxes: Array) -> Array:
    return _paste(images, laid_out(others), boxes, 0)


def blend(images: Array, others: Array, shares: Array) -> Array:
    y = empty(images.shape, np.uint8)
    elements(
        "images", "blend", y.size, laid_out(images), laid_out(others),
        placed(fixed(shares), np.int64), y.size, math.prod(images.shape[1:]), y,
    )  # fmt: skip
    return y


def _paste(images: Array, others: Array | None, boxes: Array, fill: int) -> Array:
    y = empty(images.shape, np.uint8)
    elements(
        "images", "paste", y.size, laid_out(images), others, placed(boxes, np.int64), y.size,
        *images.shape[1:], fill, y,
    )  # fmt: skip
    return y
