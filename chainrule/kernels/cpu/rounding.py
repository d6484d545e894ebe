"""float32 rounded to bfloat16 and kept as float32, where no instruction multiplies bfloat16."""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from . import workspace
from .loops import Loop


@Loop
def _round(bits, out):
    """To the nearest, of two to the even one; a NaN stays one, and infinity itself."""
    for i in prange(bits.size):
        each = bits[i]
        even = np.uint32(each >> np.uint32(16)) & np.uint32(1)  # Numba adds uint32 in 64 bits
        high = np.uint32(each + np.uint32(np.uint32(0x7FFF) + even))
        if np.uint32(each & np.uint32(0x7FFFFFFF)) > np.uint32(0x7F800000):
            high = np.uint32(each | np.uint32(0x400000))
        out[i] = np.uint32(high & np.uint32(0xFFFF0000))


def rounded(x: Array) -> Array:
    """A float32 array of x's shape and order in memory."""
    if x.ndim > 1 and x.flags.f_contiguous and not x.flags.c_contiguous:
        return rounded(x.T).T
    x = np.ascontiguousarray(x)
    y = workspace.empty(x.shape, x.dtype)
    _round(x.view(np.uint32).ravel(), y.view(np.uint32).ravel(), size=x.size)
    return y
