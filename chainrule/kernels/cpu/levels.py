"""Gray levels counted in one pass on all threads; see ``reference/levels.py``."""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from .loops import Loop

__all__ = ["count_levels"]

PARTS = 8


@Loop
def _count(x, parts):
    """x uint8 (P, C) · parts int64 (PARTS, C, 256): the counts of each eighth of the pixels."""
    pixels, channels = x.shape
    for part in prange(PARTS):
        counts = parts[part]
        for i in range(part * pixels // PARTS, (part + 1) * pixels // PARTS):
            for c in range(channels):
                counts[c, x[i, c]] += 1


def count_levels(images: Array) -> Array:
    x = np.ascontiguousarray(images).reshape(-1, images.shape[-1])
    parts = np.zeros((PARTS, x.shape[1], 256), np.int64)
    _count(x, parts, size=x.size)
    return np.asarray(parts.sum(axis=0))
