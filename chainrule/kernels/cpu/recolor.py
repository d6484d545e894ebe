"""New values for pixels in one pass each; see ``reference/recolor.py``, and ``resample.py`` for
why on one thread."""

from __future__ import annotations

import math

import numpy as np

from ...types import Array
from ..reference.recolor import BITS, QUANTILE_BITS, fixed, normal_quantiles
from .dropout import bits_of
from .loops import Loop, inline

__all__ = ["add_noise", "lookup", "recolor", "sharpen"]

ROUND = 1 << (BITS - 1)


@inline
def _pixel(value):
    return np.uint8(min(max(value, 0), 255))


@Loop
def _recolor(x, matrices, y):
    n, pixels, channels = x.shape
    for image in range(n):
        m = matrices[image]
        for i in range(pixels):
            for c in range(channels):
                total = m[c, channels] + ROUND
                for k in range(channels):
                    total += m[c, k] * x[image, i, k]
                y[image, i, c] = _pixel(total >> BITS)


@Loop
def _lookup(x, tables, y):
    n, pixels, channels = x.shape
    for image in range(n):
        for i in range(pixels):
            for c in range(channels):
                y[image, i, c] = tables[image, c, x[image, i, c]]


@Loop
def _sharpen(x, amounts, y):
    n, h, w, channels = x.shape
    for image in range(n):
        a = amounts[image]
        b = (1 << BITS) - a
        for i in range(h):
            for j in range(w):
                border = i == 0 or i == h - 1 or j == 0 or j == w - 1
                for c in range(channels):
                    middle = np.int64(x[image, i, j, c])
                    if border:
                        y[image, i, j, c] = middle
                        continue
                    around = 4 * middle
                    for r in range(i - 1, i + 2):
                        for s in range(j - 1, j + 2):
                            around += x[image, r, s, c]
                    total = a * 13 * middle + b * around + 13 * ROUND
                    y[image, i, j, c] = _pixel(total // (13 << BITS))


@Loop
def _add_noise(x, stds, low, high, z, y):
    n, values = x.shape
    half = np.int64(1) << (2 * BITS - 1)
    for image in range(n):
        std, a, b = stds[image], low[image], high[image]
        for i in range(values):
            bits = bits_of(np.uint32(i), a, b)
            noise = (std * z[bits >> np.uint32(32 - QUANTILE_BITS)] + half) >> (2 * BITS)
            y[image, i] = _pixel(np.int64(x[image, i]) + noise)


def recolor(images: Array, matrices: Array) -> Array:
    x = _rows(images)
    y = np.empty_like(x)
    _recolor.serial(x, np.ascontiguousarray(fixed(matrices)), y)
    return y.reshape(images.shape)


def lookup(images: Array, tables: Array) -> Array:
    x = _rows(images)
    y = np.empty_like(x)
    _lookup.serial(x, np.ascontiguousarray(tables), y)
    return y.reshape(images.shape)


def sharpen(images: Array, amounts: Array) -> Array:
    y = np.empty(images.shape, np.uint8)
    _sharpen.serial(np.ascontiguousarray(images), np.ascontiguousarray(fixed(amounts)), y)
    return y


def add_noise(images: Array, stds: Array, keys: Array) -> Array:
    x = np.ascontiguousarray(images).reshape(len(images), math.prod(images.shape[1:]))
    y = np.empty_like(x)
    low, high = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32), (keys >> 32).astype(np.uint32)
    with np.errstate(over="ignore"):  # the hash overflows on purpose; uncompiled, NumPy warns
        _add_noise.serial(
            x, np.ascontiguousarray(fixed(stds)), np.ascontiguousarray(low),
            np.ascontiguousarray(high), normal_quantiles(), y,
        )  # fmt: skip
    return y.reshape(images.shape)


def _rows(images: Array) -> Array:
    """Images as (N, H W, C)."""
    return np.ascontiguousarray(images).reshape(
        len(images), math.prod(images.shape[1:3]), images.shape[3]
    )
