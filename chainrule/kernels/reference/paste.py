"""Boxes put into uint8 images (N, H, W, C), and images put into one another.

A box is (top, left, bottom, right), the last two exclusive; boxes are int64 (N, 4). What lies
outside the image, or has no pixels, is nothing.
"""

from __future__ import annotations

import numpy as np

from ...arrays import namespace
from ...types import Array
from .recolor import BITS, fixed

__all__ = ["blend", "erase", "paste"]


def erase(images: Array, boxes: Array, fill: int) -> Array:
    """y = ``fill`` inside the image's box, x elsewhere."""
    xp = namespace(images)
    return xp.where(_inside(images, boxes), np.uint8(fill), images)


def paste(images: Array, others: Array, boxes: Array) -> Array:
    """y = ``others`` inside the image's box, x elsewhere."""
    xp = namespace(images)
    return xp.where(_inside(images, boxes), others, images)


def blend(images: Array, others: Array, shares: Array) -> Array:
    """y = s x + (1 - s) other, rounded        shares s float64 (N,) in [0, 1]"""
    s = fixed(shares)[:, None, None, None]
    y = s * images + ((1 << BITS) - s) * others + (1 << (BITS - 1))
    result: Array = (y >> BITS).astype(np.uint8)
    return result


def _inside(images: Array, boxes: Array) -> Array:
    xp = namespace(images)
    _, h, w, _ = images.shape
    top, left, bottom, right = boxes.T[:, :, None, None, None]
    i, j = xp.arange(h)[:, None, None], xp.arange(w)[:, None]
    inside: Array = (top <= i) & (i < bottom) & (left <= j) & (j < right)
    return inside
