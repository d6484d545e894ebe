"""Images through maps, one line of the result after the other; see ``reference/resample.py``.

On one thread whatever the size, as all loops over pixels of images: they run in the loader's
thread, beside a training step that has the other cores.
"""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..reference.resample import MAP_BITS, WEIGHT_BITS, fixed_maps
from .loops import Loop, inline

__all__ = ["crop_flip", "sample_affine"]

CONSTANT, EDGE, REFLECT = range(3)
BORDERS = {"constant": CONSTANT, "edge": EDGE, "reflect": REFLECT}

ONE = 1 << WEIGHT_BITS
MASK = ONE - 1
HALF = 1 << (2 * WEIGHT_BITS - 1)


@inline
def _within(place, size, border):
    """The pixel that is shown at ``place``; -1 for none."""
    if 0 <= place < size:
        return place
    if border == REFLECT:
        period = max(1, 2 * (size - 1))
        place = place % period
        return min(place, period - place)
    if border == EDGE:
        return 0 if place < 0 else size - 1
    return -1


@inline
def _tap(x, image, row, column, c, fill):
    return np.int32(fill if min(row, column) < 0 else x[image, row, column, c])


@inline
def _copied(out, line, to, start, count):
    """Values in a row, as a loop that becomes a block copy: a place without a sign is not looked
    at for being counted from the end."""
    a, b = np.uint64(to), np.uint64(start)
    for k in range(np.uint64(count)):
        out[a + k] = line[b + k]


@inline
def _mirrored(out, line, to, start, count, channels):
    """Pixels in reverse, their channels in order."""
    for k in range(count):
        a, b = to + k * channels, start - k * channels
        for c in range(channels):
            out[np.uint64(a + c)] = line[np.uint64(b + c)]


@Loop
def _crop_flip(x, starts, steps, border, fill, channels, y):
    n, h, values = x.shape
    w = values // channels
    for image in range(n):
        start, step = starts[image, 1], steps[image, 1]
        # columns first..last-1 of the result come from inside the image
        if step > 0:
            first, last = min(w, max(0, -start)), min(w, max(0, w - start))
        else:
            first, last = min(w, max(0, start - w + 1)), min(w, max(0, start + 1))
        inside = max(0, last - first)
        for i in range(h):
            row = _within(starts[image, 0] + i * steps[image, 0], h, border)
            out = y[image, i]
            if row < 0:
                out[:] = fill
                continue
            line = x[image, row]
            to, place = first * channels, (start + step * first) * channels
            if not inside:
                pass
            elif step > 0:
                _copied(out, line, to, place, inside * channels)
            elif channels == 1:  # a number that the compiler knows makes it five times as fast
                _mirrored(out, line, to, place, inside, 1)
            elif channels == 3:
                _mirrored(out, line, to, place, inside, 3)
            else:
                _mirrored(out, line, to, place, inside, channels)
            for k in range(w - inside):
                j = k if k < first else k + inside
                column = _within(start + j * step, w, border)
                for c in range(channels):
                    value = fill if column < 0 else line[column * channels + c]
                    out[j * channels + c] = value


@Loop
def _sample_affine(x, maps, border, fill, y):
    n, h, w, channels = x.shape
    for image in range(n):
        for i in range(h):
            r = maps[image, 0, 0] * i + maps[image, 0, 2]
            s = maps[image, 1, 0] * i + maps[image, 1, 2]
            for j in range(w):
                row, column = r >> MAP_BITS, s >> MAP_BITS
                a = (r >> (MAP_BITS - WEIGHT_BITS)) & MASK
                b = (s >> (MAP_BITS - WEIGHT_BITS)) & MASK
                w00, w01 = np.int32((ONE - a) * (ONE - b)), np.int32((ONE - a) * b)
                w10, w11 = np.int32(a * (ONE - b)), np.int32(a * b)
                r += maps[image, 0, 1]
                s += maps[image, 1, 1]
                if 0 <= row < h - 1 and 0 <= column < w - 1:
                    upper, lower = x[image, row], x[image, row + 1]
                    for c in range(channels):
                        total = w00 * np.int32(upper[column, c])
                        total += w01 * np.int32(upper[column + 1, c])
                        total += w10 * np.int32(lower[column, c])
                        total += w11 * np.int32(lower[column + 1, c])
                        y[image, i, j, c] = (total + HALF) >> (2 * WEIGHT_BITS)
                else:
                    top, bottom = _within(row, h, border), _within(row + 1, h, border)
                    left, right = _within(column, w, border), _within(column + 1, w, border)
                    for c in range(channels):
                        total = w00 * _tap(x, image, top, left, c, fill)
                        total += w01 * _tap(x, image, top, right, c, fill)
                        total += w10 * _tap(x, image, bottom, left, c, fill)
                        total += w11 * _tap(x, image, bottom, right, c, fill)
                        y[image, i, j, c] = (total + HALF) >> (2 * WEIGHT_BITS)


def crop_flip(images: Array, starts: Array, steps: Array, border: str, fill: int) -> Array:
    x = np.ascontiguousarray(images).reshape(*images.shape[:2], -1)
    y = np.empty_like(x)
    places = np.ascontiguousarray(starts), np.ascontiguousarray(steps)
    channels = images.shape[3]
    _crop_flip.serial(x, *places, BORDERS[border], np.uint8(fill), channels, y)
    return y.reshape(images.shape)


def sample_affine(images: Array, maps: Array, border: str, fill: int) -> Array:
    y = np.empty(images.shape, np.uint8)
    fixed = np.ascontiguousarray(fixed_maps(maps))
    _sample_affine.serial(np.ascontiguousarray(images), fixed, BORDERS[border], np.uint8(fill), y)
    return y
