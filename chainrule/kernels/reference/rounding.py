"""bfloat16: the upper half of a float32, with its sign, its range and 8 of its 24 bits of mantissa.

    high(x)   x rounded to the nearest bfloat16, to the even one of two; NaN and infinity stay
    low(x)    = high(x - high(x)), so that high + low has 16 to 17 bits

and the product of two matrices in either form, with sums in float32:

    bfloat16  high(a) high(b)
    bf16x3    high(a) high(b) + (high(a) low(b) + low(a) high(b))

The fourth product would change bits that are lost anyway. Where a number is not finite, or is
rounded to infinity, no low part makes up for it, and bf16x3 is the plain product.

Source: Henry, Tang and Heinecke 2019, "Leveraging the bfloat16 artificial intelligence datatype
for higher-precision computations".
"""

from __future__ import annotations

import numpy as np

from ...arrays import namespace
from ...types import Array
from .. import precision

HALF, UPPER = np.uint32(0x7FFF), np.uint32(0xFFFF0000)


def rounded(x: Array) -> Array:
    """high(x) of float32 x of any shape, as float32."""
    xp = namespace(x)
    bits = x.view(np.uint32)
    even = (bits >> np.uint32(16)) & np.uint32(1)
    high: Array = ((bits + (HALF + even)) & UPPER).view(np.float32)
    return xp.where(xp.isnan(x), x, high)


def multiply(a: Array, b: Array) -> Array:
    """a (…, M, K) @ b (…, K, N) in the precision of the caller, which float64 takes no part in."""
    asked = precision.current()
    if asked in ("bfloat16", "bf16x3") and a.dtype == b.dtype == np.float32:
        return _in_parts(a, b, asked)
    y: Array = a @ b
    return y


def _in_parts(a: Array, b: Array, asked: str) -> Array:
    xp = namespace(a)
    with np.errstate(over="ignore", invalid="ignore"):  # the largest float32 round to infinity
        a_high, b_high = rounded(a), rounded(b)
        if asked == "bfloat16":
            y: Array = a_high @ b_high
        elif xp.isfinite(a_high).all() and xp.isfinite(b_high).all():
            y = a_high @ rounded(b - b_high)
            y += rounded(a - a_high) @ b_high
            y += a_high @ b_high
        else:
            y = a @ b
        return y
