"""Dropout: hash, compare and scale in one pass; the mask never touches memory."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import prange

from ...types import Array
from ..reference.dropout import keys
from .loops import Loop, flat, inline

__all__ = ["dropout"]


@inline
def _mix(h):
    h = np.uint32(h ^ (h >> np.uint32(16)))
    h = np.uint32(h * np.uint32(0x7FEB352D))
    h = np.uint32(h ^ (h >> np.uint32(15)))
    h = np.uint32(h * np.uint32(0x846CA68B))
    return np.uint32(h ^ (h >> np.uint32(16)))


@inline
def bits_of(i, low, high):
    """32 random bits for element i under the key (low, high)."""
    return _mix(np.uint32(_mix(np.uint32(i ^ low)) ^ high))


class Mask(NamedTuple):
    """What is kept and by how much it is scaled: element i where its bits, those of index
    ``first`` + i, reach ``threshold``."""

    low: Any
    high: Any
    first: Any
    threshold: Any
    scale: Any


def mask_of(rate: float, key: int, shape: tuple[int, ...]) -> Mask:
    return Mask(*keys(key, shape), np.uint32(rate * 2**32), np.float32(1 / (1 - rate)))


@Loop
def _dropout(x, mask, y):
    low, high, first, threshold, scale = mask
    for i in prange(x.size):
        bits = bits_of(np.uint32(first + i), low, high)
        y[i] = x[i] * scale if bits >= threshold else np.float32(0)


def dropout(x: Array, rate: float, key: int) -> Array:
    y = np.empty(x.shape, x.dtype)
    with np.errstate(over="ignore"):  # the hash overflows on purpose; uncompiled, NumPy warns
        _dropout(flat(x), mask_of(rate, key, x.shape), flat(y), size=x.size)
    return y
