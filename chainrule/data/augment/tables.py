"""Gray levels that become others: tables uint8 (n, C, 256) for images (n, H, W, C)."""

from __future__ import annotations

import numpy as np

from ...arrays import namespace
from ...device import on_host
from ...types import Array

LEVELS = np.arange(256)


def posterize(images: Array, bits: Array) -> Array:
    """Keep the upper ``bits`` (n,) of each value."""
    masks = (0xFF00 >> bits) & 0xFF
    return _alike(LEVELS & masks[:, None], images)


def solarize(images: Array, thresholds: Array) -> Array:
    """Turn values from the threshold (n,) on into their negative."""
    return _alike(np.where(thresholds[:, None] <= LEVELS, 255 - LEVELS, LEVELS), images)


def autocontrast(images: Array) -> Array:
    """Stretch each channel to 0..255; a channel of one value stays."""
    low = on_host(images.min(axis=(1, 2))).astype(np.int64)[..., None]
    width = on_host(images.max(axis=(1, 2)))[..., None] - low
    stretched = ((LEVELS - low) * 255 * 2 + width) // np.maximum(1, 2 * width)
    return np.where(width > 0, np.clip(stretched, 0, 255), LEVELS).astype(np.uint8)


def equalize(images: Array) -> Array:
    """Make each channel's values equally frequent, as far as values that are equal stay so."""
    n, h, w, c = images.shape
    xp = namespace(images)
    place = xp.arange(n * c).reshape(n, 1, 1, c) * 256 + images
    counts = on_host(xp.bincount(place.ravel(), minlength=n * c * 256)).reshape(n, c, 256)
    last = 255 - np.argmax(counts[..., ::-1] > 0, axis=2)
    step = (h * w - np.take_along_axis(counts, last[..., None], axis=2)) // 255
    below = np.cumsum(counts, axis=2) - counts
    even = (below + step // 2) // np.maximum(1, step)
    return np.where(step > 0, np.clip(even, 0, 255), LEVELS).astype(np.uint8)


def _alike(tables: Array, images: Array) -> Array:
    """One table an image (n, 256), for each of its channels."""
    every = (len(images), images.shape[3], 256)
    return np.broadcast_to(tables[:, None, :], every).astype(np.uint8)
