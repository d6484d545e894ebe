"""Arrays as pictures: weights and outputs as colors, and many small images as one."""

from __future__ import annotations

import numpy as np

from ..types import Array

NEGATIVE, ZERO, POSITIVE = (33, 82, 187), (250, 250, 250), (178, 34, 34)
LEAST = 10
"""Pixels that an image in a mosaic has at least in a row."""
CLEAR = 0.999
"""The quantile that is drawn in full color: a single outlier would leave all else pale."""


def signed(values: Array, limit: float | Array | None = None) -> Array:
    """Numbers of both signs as RGB uint8 (..., 3): red above 0, white at 0, blue below.

    ``limit`` is drawn in full color; by default the 99.9 % quantile of the absolute values.
    """
    if limit is None:
        limit = float(np.quantile(np.abs(values), CLEAR)) if values.size else 1.0
    share = np.clip(values / np.where(np.asarray(limit) > 0, limit, 1), -1, 1)[..., np.newaxis]
    ends = np.where(share < 0, np.array(NEGATIVE), np.array(POSITIVE))
    mixed: Array = np.array(ZERO) + (ends - np.array(ZERO)) * np.abs(share)
    return np.rint(mixed).astype(np.uint8)


def positive(values: Array) -> Array:
    """Numbers as gray uint8 (..., 3): black the least, white the 99.9 % quantile."""
    if not values.size:
        return np.zeros((*values.shape, 3), np.uint8)
    low, high = float(values.min()), float(np.quantile(values, CLEAR))
    share = np.clip((values - low) / (high - low if high > low else 1.0), 0, 1)
    gray: Array = np.rint(255 * share).astype(np.uint8)[..., np.newaxis].repeat(3, axis=-1)
    return gray


def kernels(w: Array) -> Array:
    """Filters or templates (n, H, W, C) as RGB uint8 (n, H, W, 3), each on its own scale.

    Of three channels a weight of 0 is mid-gray, and each channel has its color. Of one, and of the
    mean of any other number, red is above 0 and blue below.
    """
    limit = np.abs(w).max(axis=(1, 2, 3), keepdims=True, initial=0)
    if w.shape[3] == 3:
        share = 0.5 + w / (2 * np.where(limit > 0, limit, 1))
        colored: Array = np.rint(255 * share).astype(np.uint8)
        return colored
    one = w.mean(axis=3)
    return signed(one, np.abs(one).max(axis=(1, 2), keepdims=True, initial=0))


def shown(images: Array) -> Array:
    """Images uint8 (n, H, W, C) as RGB (n, H, W, 3): of other channels than three, the first."""
    return images if images.shape[3] == 3 else np.repeat(images[..., :1], 3, axis=3)


def mosaic(images: Array, columns: int) -> Array:
    """Images RGB (n, H, W, 3) side by side, ``columns`` in a row, as RGBA uint8, with nothing
    between them; tiny ones larger, so that all gaps look alike."""
    images = _enlarged(images)
    n, h, w, _ = images.shape
    gap = gap_of(w)
    rows = -(-n // columns)
    whole = np.zeros((rows * (h + gap) - gap, min(n, columns) * (w + gap) - gap, 4), np.uint8)
    for i, image in enumerate(images):
        top, left = i // columns * (h + gap), i % columns * (w + gap)
        whole[top : top + h, left : left + w, :3] = image
        whole[top : top + h, left : left + w, 3] = 255
    return whole


def gap_of(pixels: int) -> int:
    """The gap beside an image of so many columns."""
    return max(1, pixels // 6)


def _enlarged(images: Array) -> Array:
    times = -(-LEAST // images.shape[2])
    return images.repeat(times, axis=1).repeat(times, axis=2) if times > 1 else images


def smaller(values: Array, most: int) -> Array:
    """A matrix of at most ``most`` rows and columns: blocks of a larger one, by their means."""
    for axis in (0, 1):
        size = values.shape[axis]
        if size > most:
            starts = np.linspace(0, size, most, endpoint=False).astype(int)
            counts = np.diff([*starts, size])
            sums = np.add.reduceat(values, starts, axis=axis)
            values = sums / (counts[:, np.newaxis] if axis == 0 else counts)
    return values


def reduced(images: Array, most: int) -> Array:
    """Images (n, H, W, C) with sides of at most ``most`` pixels: every n-th row and column."""
    every = max(1, -(-max(images.shape[1:3]) // most))
    return images[:, ::every, ::every]
