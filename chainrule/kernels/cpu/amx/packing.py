"""float32 numbers as bfloat16 where tiles look for them: rounded, padded, in a thread's scratch.

Tiles take 32 channels at a time, so channels are padded with zeros to Cp, a multiple of 32. With
three ``terms`` a number is the sum of two: what rounding leaves is rounded, too, and lies ``plane``
numbers further.

Arrays of numbers are given by their bits: uint32 for float32, uint16 for bfloat16.
"""

from __future__ import annotations

import math

import numpy as np
from numba.extending import register_jitable

from ....types import Array
from .. import workers
from .bfloat import finite, half, pair, rest, upper
from .tiles import compiled

CACHE_LINE = 64

def padded(size: int, to: int = 32) -> int:
    return -(-size // to) * to


def aligned(size: int) -> Array:
    """So many bytes from the beginning of a cache line, as float32, not cleared."""
    return _from_line(np.empty(size // 4 + CACHE_LINE, np.float32))


def scratch(name: str, size: int) -> Array:
    """This thread's bytes of that name, as ``aligned``; see ``workers.scratch``."""
    return _from_line(workers.scratch(name, (size // 4 + CACHE_LINE,)))


def _from_line(array: Array) -> Array:
    return array[-(array.ctypes.data // 4) % (CACHE_LINE // 4) :]


def bits(x: Array) -> Array:
    """x as uint32 in one piece of memory, copied only if it is not."""
    return np.ascontiguousarray(x).view(np.uint32)


def planes(terms: int) -> int:
    return 1 if terms == 1 else 2


def total(shape: tuple[int, ...]) -> int:
    return math.prod(shape)


@register_jitable
def convert(source, target, second):
    """target[i] = source[i] rounded; ``second`` gets what is left, unless it is empty."""
    for i in range(source.size):
        target[i] = half(upper(source[i]))
    if second.size:
        for i in range(source.size):
            second[i] = half(rest(source[i]))


@register_jitable
def pack_lines(x, image, l0, l1, c0, c1, cp, plane, s):
    """s[l - l0, c - c0, :C] = x[image, l, c]; 0 outside of the image and in channels C … Cp."""
    _, height, width, channels = x.shape
    line = (c1 - c0) * cp
    low, high = min(max(0, c0), c1), max(min(width, c1), min(max(0, c0), c1))
    for l in range(l0, l1):
        for p in range(1 if plane == 0 else 2):
            at = p * plane + (l - l0) * line
            inside = 0 <= l < height
            if not inside or low == high:
                s[at : at + line] = 0
                continue
            s[at : at + (low - c0) * cp] = 0
            s[at + (high - c0) * cp : at + line] = 0
        if not inside or low == high:
            continue
        at = (l - l0) * line + (low - c0) * cp
        if cp == channels:
            source = x[image, l].reshape(width * channels)[low * cp : high * cp]
            other = plane + at if plane else 0
            convert(source, s[at : at + source.size], s[other : other + source.size * (plane > 0)])
            continue
        for c in range(low, high):
            other = plane + at if plane else 0
            convert(x[image, l, c], s[at : at + channels], s[other : other + channels * (plane > 0)])
            s[at + channels : at + cp] = 0
            if plane:
                s[other + channels : other + cp] = 0
            at += cp


@register_jitable
def pack_images(x, first, count, rows, l0, l1, cp, plane, s):
    """s[l - l0, c, n, :C] = x[first + n, l, c] for n < count; 0 for n = count … rows."""
    _, _, width, channels = x.shape
    for l in range(l0, l1):
        for n in range(rows):
            for c in range(width):
                at = (((l - l0) * width + c) * rows + n) * cp
                other = plane + at if plane else 0
                used = channels if n < count else 0
                if n < count:
                    convert(
                        x[first + n, l, c],
                        s[at : at + used],
                        s[other : other + used * (plane > 0)],
                    )
                s[at + used : at + cp] = 0
                if plane:
                    s[other + used : other + cp] = 0


@register_jitable
def _window(x, n, i, j, window, at, kp, plane, s):
    """s[at : at + Kp] = the window of output pixel (i, j) of image n, taps in a row, then zeros."""
    kh, kw, sh, sw, top, left, dh, dw = window
    _, height, width, channels = x.shape
    end = at + kp
    for a in range(kh):
        l = i * sh - top + a * dh
        for b in range(kw):
            c = j * sw - left + b * dw
            if 0 <= l < height and 0 <= c < width:
                for k in range(channels):
                    s[at + k] = half(upper(x[n, l, c, k]))
                    if plane:
                        s[plane + at + k] = half(rest(x[n, l, c, k]))
            else:
                s[at : at + channels] = 0
                if plane:
                    s[plane + at : plane + at + channels] = 0
            at += channels
    s[at:end] = 0
    if plane:
        s[plane + at : plane + end] = 0


@register_jitable
def pack_windows(x, image, first, last, columns, window, kp, plane, s):
    """s[i - first, j] = the window of output pixel (i, j), for j < columns."""
    for i in range(first, last):
        for j in range(columns):
            _window(x, image, i, j, window, ((i - first) * columns + j) * kp, kp, plane, s)


@register_jitable
def pack_windows_of_images(x, start, count, rows, first, last, columns, window, kp, plane, s):
    """s[i - first, j, n] = the window of output pixel (i, j) of image start + n."""
    for i in range(first, last):
        for j in range(columns):
            for n in range(rows):
                at = (((i - first) * columns + j) * rows + n) * kp
                if n < count:
                    _window(x, start + n, i, j, window, at, kp, plane, s)
                else:
                    s[at : at + kp] = 0
                    if plane:
                        s[plane + at : plane + at + kp] = 0


@compiled
def pack_weights(w, o16, cp, plane, panel):
    """panel[tap, c / 2, o, 2] = w[tap, c, 16 · o16 + o]: pairs of channels side by side, by dwords.

    w (kh, kw, C, O), any strides · panel (uint32) · returns whether all are finite.
    """
    kh, kw, channels, outputs = w.shape
    all_finite, at = True, 0
    size = min(16, outputs - 16 * o16)
    for tap in range(kh * kw):
        part = w[tap // kw, tap % kw]
        for k in range(cp // 2):
            for o in range(16):
                low, high = np.uint32(0), np.uint32(0)
                if o < size and 2 * k < channels:
                    low = part[2 * k, 16 * o16 + o]
                if o < size and 2 * k + 1 < channels:
                    high = part[2 * k + 1, 16 * o16 + o]
                panel[at + o] = pair(upper(low), upper(high))
                all_finite &= finite(upper(low)) and finite(upper(high))
                if plane:
                    panel[plane + at + o] = pair(rest(low), rest(high))
            at += 16
    return all_finite
