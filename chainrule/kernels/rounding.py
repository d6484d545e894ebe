"""float32 numbers rounded to bfloat16: the upper half of their bits, to nearest even.

Where the CPU has no instructions for products in bfloat16, the precision is the same without them:
factors are rounded, then multiplied and summed in float32.
"""

from __future__ import annotations

import numpy as np

from ..types import Array
from . import precision

HALF, EVEN, UPPER = np.uint32(0x7FFF), np.uint32(1), np.uint32(0xFFFF0000)


def rounded(x: Array) -> Array:
    """x as float32 numbers with the 8 bits of mantissa of bfloat16; NaN and infinity stay.

    >>> rounded(np.array([1.001, 1.005, np.nan], np.float32)).tolist()
    [1.0, 1.0078125, nan]
    """
    bits = x.view(np.uint32)
    up = (bits + (HALF + ((bits >> np.uint32(16)) & EVEN))) & UPPER
    y: Array = up.view(np.float32)
    return np.where(np.isnan(x), x, y)


def factors(*arrays: Array) -> tuple[Array, ...]:
    """The factors of a product as ``precision.current()`` has them: rounded for "bfloat16".

    Only float32 is ever rounded: float64 is for checking. "bf16x3" is about as exact as float32,
    which takes its place.
    """
    if precision.current() != "bfloat16":
        return arrays
    return tuple(rounded(x) if x.dtype == np.float32 else x for x in arrays)
