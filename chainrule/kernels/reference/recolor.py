"""New values for the pixels of uint8 images (N, H, W, C), each where it is.

In whole numbers, as in ``resample.py``: rounded once, and cut to 0..255.
"""

from __future__ import annotations

import statistics
from functools import cache

import numpy as np

from ...arrays import namespace
from ...types import Array
from .dropout import _mix as mix

__all__ = ["add_noise", "lookup", "recolor", "sharpen"]

BITS = 16  # behind the point
QUANTILE_BITS = 12


def recolor(images: Array, matrices: Array) -> Array:
    """y = M x + t for the channels x of each pixel        matrices float64 (N, C, C + 1): M, t"""
    m = fixed(matrices)
    n, h, w, c = images.shape
    x = images.reshape(n, h * w, c).astype(np.int64)
    y = x @ m[:, :, :c].transpose(0, 2, 1) + m[:, None, :, c]
    return _pixels(y, BITS).reshape(images.shape)


def lookup(images: Array, tables: Array) -> Array:
    """y[n, i, j, c] = tables[n, c, x[n, i, j, c]]        tables uint8 (N, C, 256)"""
    xp = namespace(images)
    n, _, _, c = xp.ogrid[tuple(map(slice, images.shape))]
    result: Array = tables[n, c, images]
    return result


def sharpen(images: Array, amounts: Array) -> Array:
    """y = a x + (1 - a) s        amounts a float64 (N,)

    with s the mean of the 3x3 pixels around, the middle one counted 5 times. Above 1 sharpens,
    below 1 smooths. The border of an image stays.
    """
    xp = namespace(images)
    h, w = images.shape[1:3]
    y = images.copy()
    if min(h, w) < 3:
        return y
    x = images.astype(np.int64)
    windows = (x[:, a : h - 2 + a, b : w - 2 + b] for a in range(3) for b in range(3))
    middle = x[:, 1:-1, 1:-1]
    around = sum(windows) + 4 * middle
    a = fixed(amounts)[:, None, None, None]
    total = a * (13 * middle) + ((1 << BITS) - a) * around + (13 << (BITS - 1))
    y[:, 1:-1, 1:-1] = xp.clip(total // (13 << BITS), 0, 255)
    return y


def add_noise(images: Array, stds: Array, keys: Array) -> Array:
    """y = x + std z, z ~ N(0, 1)        stds float64 (N,) in gray levels · keys uint64 (N,)

    Value i of image n has the z that a hash of (keys[n], i) chooses among 4,096 quantiles of
    the normal distribution, which is finer than whole gray levels can tell.
    """
    xp = namespace(images)
    low, high = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32), (keys >> 32).astype(np.uint32)
    index = xp.arange(images[0].size, dtype=np.uint32)
    with np.errstate(over="ignore"):
        bits = mix(mix(index ^ low[:, None]) ^ high[:, None]) >> np.uint32(32 - QUANTILE_BITS)
    z = xp.asarray(normal_quantiles())[bits].reshape(images.shape)
    noise = fixed(stds)[:, None, None, None] * z
    return _pixels((images.astype(np.int64) << (2 * BITS)) + noise, 2 * BITS)


@cache
def normal_quantiles() -> Array:
    """4,096 numbers of equal chance with mean 0 and variance 1, ascending, in fixed point."""
    count = 1 << QUANTILE_BITS
    normal = statistics.NormalDist()
    z = np.array([normal.inv_cdf((i + 0.5) / count) for i in range(count)])
    return fixed(z / z.std())


def fixed(x: Array) -> Array:
    """Real numbers as whole multiples of 1/65536, int64."""
    xp = namespace(x)
    result: Array = xp.rint(xp.ldexp(x, BITS)).astype(np.int64)
    return result


def _pixels(x: Array, bits: int) -> Array:
    """Fixed point rounded to 0..255."""
    xp = namespace(x)
    result: Array = xp.clip((x + (1 << (bits - 1))) >> bits, 0, 255).astype(np.uint8)
    return result
