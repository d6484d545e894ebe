"""Boxes and blends in one pass each; see ``reference/paste.py``, and ``resample.py`` for why on
one thread."""

from __future__ import annotations

import math

import numpy as np

from ...types import Array
from ..reference.recolor import BITS, fixed
from .loops import Loop

__all__ = ["blend", "erase", "paste"]


@Loop
def _erase(boxes, fill, y):
    n, h, w, _ = y.shape
    for image in range(n):
        top, left, bottom, right = boxes[image]
        for i in range(max(0, top), min(h, bottom)):
            for j in range(max(0, left), min(w, right)):
                y[image, i, j] = fill


@Loop
def _paste(others, boxes, y):
    n, h, w, channels = y.shape
    for image in range(n):
        top, left, bottom, right = boxes[image]
        for i in range(max(0, top), min(h, bottom)):
            for j in range(max(0, left), min(w, right)):
                for c in range(channels):
                    y[image, i, j, c] = others[image, i, j, c]


@Loop
def _blend(x, others, shares, y):
    n, values = x.shape
    for image in range(n):
        s = np.int32(shares[image])
        t = np.int32((1 << BITS) - s)
        for i in range(values):
            total = s * np.int32(x[image, i]) + t * np.int32(others[image, i])
            y[image, i] = (total + np.int32(1 << (BITS - 1))) >> BITS


def erase(images: Array, boxes: Array, fill: int) -> Array:
    y = np.array(images, order="C")
    _erase.serial(np.ascontiguousarray(boxes), np.uint8(fill), y)
    return y


def paste(images: Array, others: Array, boxes: Array) -> Array:
    y = np.array(images, order="C")
    _paste.serial(np.ascontiguousarray(others), np.ascontiguousarray(boxes), y)
    return y


def blend(images: Array, others: Array, shares: Array) -> Array:
    x, partner = (
        np.ascontiguousarray(a).reshape(len(a), math.prod(a.shape[1:])) for a in (images, others)
    )
    y = np.empty_like(x)
    _blend.serial(x, partner, np.ascontiguousarray(fixed(shares)), y)
    return y.reshape(images.shape)
