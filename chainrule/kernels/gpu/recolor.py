"""New values for the pixels of images, a thread for each."""

from __future__ import annotations

import math

import numpy as np

from ...types import Array
from ..reference.recolor import fixed, normal_quantiles
from .arrays import empty, laid_out, placed
from .launch import elements

__all__ = ["add_noise", "lookup", "recolor", "sharpen"]


def recolor(images: Array, matrices: Array) -> Array:
    y, (_, h, w, c) = empty(images.shape, np.uint8), images.shape
    m = placed(fixed(matrices), np.int64)
    elements("images", "recolor", y.size, laid_out(images), m, y.size, h * w, c, y)
    return y


def lookup(images: Array, tables: Array) -> Array:
    y, (_, h, w, c) = empty(images.shape, np.uint8), images.shape
    t = placed(tables, np.uint8)
    elements("images", "lookup", y.size, laid_out(images), t, y.size, h * w, c, y)
    return y


def sharpen(images: Array, amounts: Array) -> Array:
    y = empty(images.shape, np.uint8)
    a = placed(fixed(amounts), np.int64)
    elements("images", "sharpen", y.size, laid_out(images), a, y.size, *images.shape[1:], y)
    return y


def add_noise(images: Array, stds: Array, keys: Array) -> Array:
    y = empty(images.shape, np.uint8)
    elements(
        "images", "add_noise", y.size, laid_out(images), placed(fixed(stds), np.int64),
        placed(keys, np.uint64), placed(normal_quantiles(), np.int64), y.size,
        math.prod(images.shape[1:]), y,
    )  # fmt: skip
    return y
