"""Dropout whose mask is computed from a key, never stored.

Element ``i`` is kept or dropped by a hash of ``(key, i)``. Backward asks for the same key and
sees the same mask, on any back end and with any number of threads.
"""

from __future__ import annotations

import math

import numpy as np

from ...arrays import namespace
from ...types import Array

__all__ = ["dropout"]


def _mix(h: Array) -> Array:
    """Scramble uint32 values so that each input bit flips each output bit half of the time.

    Source: C. Wellons, "Prospecting for hash functions" (2018), constants of lowest known bias.
    """
    h = h ^ (h >> np.uint32(16))
    h = h * np.uint32(0x7FEB352D)
    h = h ^ (h >> np.uint32(15))
    h = h * np.uint32(0x846CA68B)
    h ^= h >> np.uint32(16)
    return h


def keys(key: int, shape: tuple[int, ...]) -> tuple[np.uint32, np.uint32, np.uint32]:
    """The two halves of a key, and the index of the first element of an array of this shape."""
    first = (key >> 64) * math.prod(shape[1:])
    low, high, start = (np.uint32(n & 0xFFFFFFFF) for n in (key, key >> 32, first))
    return low, high, start


def dropout(x: Array, rate: float, key: int) -> Array:
    """y = x / (1 - rate) where the hash of (key, index) is at least ``rate``, else 0.

    ``key`` is an unsigned 64-bit number; each of its halves keys one round of the hash. What
    stands above its 64 bits is how many rows of a larger array come before those of x: indices go
    on there.
    """
    xp = namespace(x)
    low, high, first = keys(key, x.shape)
    index = xp.arange(x.size, dtype=np.uint32) + first
    bits = _mix(_mix(index ^ low) ^ high).reshape(x.shape)
    keep = bits >= np.uint32(rate * 2**32)
    return xp.where(keep, x * x.dtype.type(1 / (1 - rate)), 0)
