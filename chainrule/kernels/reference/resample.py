"""Images uint8 (N, H, W, C) seen through maps: where each pixel of the result comes from.

All arithmetic is in whole numbers (fixed point), so that an image is the same on every machine
and back end, to the last bit. ``border`` says what lies outside: "constant" is ``fill``
everywhere, "edge" repeats the outermost pixels, "reflect" mirrors the image without repeating
them, as in ``np.pad``.
"""

from __future__ import annotations

import numpy as np

from ...arrays import namespace
from ...types import Array

__all__ = ["crop_flip", "sample_affine"]

MAP_BITS = 32  # of a coordinate behind the point: 1/65536 of a pixel is left after 32,768 pixels
WEIGHT_BITS = 10  # of a bilinear weight: two of them and a pixel fit 32 bits


def crop_flip(images: Array, starts: Array, steps: Array, border: str, fill: int) -> Array:
    """y[n, i, j] = x[n, starts[n, 0] + i steps[n, 0], starts[n, 1] + j steps[n, 1]]

    starts, steps int64 (N, 2). Each step is 1, or -1 for a flip.
    """
    xp = namespace(images)
    rows, columns = (
        starts[:, k, None] + steps[:, k, None] * xp.arange(images.shape[1 + k]) for k in (0, 1)
    )
    return _taps(images, rows[:, :, None], columns[:, None, :], border, fill)


def sample_affine(images: Array, maps: Array, border: str, fill: int) -> Array:
    """y[n, i, j] = x[n, maps[n] (i, j, 1)ᵀ], bilinear        maps float64 (N, 2, 3)

    A map gives the row and the column in the image for a pixel of the result; whole numbers
    are the centers of pixels. Where they fall on centers the result is that of ``crop_flip``.
    """
    xp = namespace(images)
    h, w = images.shape[1:3]
    i, j = xp.arange(h)[:, None], xp.arange(w)
    by_i, by_j, constant = xp.moveaxis(fixed_maps(maps), 2, 0)[..., None, None]
    places = (by_i * i + by_j * j + constant) >> (MAP_BITS - WEIGHT_BITS)
    (row, a), (column, b) = (
        (place >> WEIGHT_BITS, place & ((1 << WEIGHT_BITS) - 1))
        for place in xp.moveaxis(places, 1, 0)
    )
    one, total = 1 << WEIGHT_BITS, xp.full(images.shape, 1 << (2 * WEIGHT_BITS - 1))
    for down, by_row in ((0, one - a), (1, a)):
        for right, by_column in ((0, one - b), (1, b)):
            tap = _taps(images, row + down, column + right, border, fill)
            total += (by_row * by_column)[..., None] * tap
    result: Array = (total >> (2 * WEIGHT_BITS)).astype(np.uint8)
    return result


def fixed_maps(maps: Array) -> Array:
    """Maps as whole numbers, with what rounds a coordinate to a weight already added.

    A step of more than 2^29 pixels shows nothing of the image, and is cut to that.
    """
    xp = namespace(maps)
    far = 2.0 ** (61 - MAP_BITS)
    fixed: Array = xp.rint(xp.ldexp(xp.clip(maps, -far, far), MAP_BITS)).astype(np.int64)
    fixed[:, :, 2] += 1 << (MAP_BITS - WEIGHT_BITS - 1)
    return fixed


def _taps(images: Array, rows: Array, columns: Array, border: str, fill: int) -> Array:
    """x[n, row, column] for rows and columns (N, h, w), which may lie outside."""
    xp = namespace(images)
    h, w = images.shape[1:3]
    n = xp.arange(len(images))[:, None, None]
    taps: Array = images[n, _within(rows, h, border), _within(columns, w, border)]
    if border == "constant":
        taps[(rows < 0) | (rows >= h) | (columns < 0) | (columns >= w)] = fill
    return taps


def _within(places: Array, size: int, border: str) -> Array:
    """The pixel, of ``size`` in a line, that is shown at each place."""
    xp = namespace(places)
    if border == "reflect":
        period = max(1, 2 * (size - 1))
        places = places % period
        reflected: Array = xp.minimum(places, period - places)
        return reflected
    clipped: Array = xp.clip(places, 0, size - 1)
    return clipped
