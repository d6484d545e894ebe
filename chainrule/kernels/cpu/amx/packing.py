"""float32 numbers as bfloat16 where tiles look for them: rounded, padded, in a thread's scratch.

Tiles take 32 channels at a time, so channels are padded with zeros to Cp, a multiple of 32. With
three ``terms`` a number is the sum of two: what rounding leaves is rounded, too, and lies ``plane``
numbers further.

Arrays of numbers are given by their bits: uint32 for float32, uint16 for bfloat16.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from ....types import Array
from .. import workers, workspace
from .bfloat import address, clear_numbers, copy_numbers, finite, paired, row
from .tiles import compiled, transpose

CACHE_LINE = 64


def padded(size: int, to: int = 32) -> int:
    return -(-size // to) * to


def aligned(size: int) -> Array:
    """So many bytes from the beginning of a cache line, as float32, not cleared."""
    array = workspace.empty((size // 4 + CACHE_LINE,))
    return array[-(array.ctypes.data // 4) % (CACHE_LINE // 4) :]


def bits(x: Array) -> Array:
    """x as uint32 in one piece of memory, copied only if it is not."""
    return np.ascontiguousarray(x).view(np.uint32)


def all_finite(x: Array) -> bool:
    """Whether no number of a contiguous float32 array is infinite or NaN."""
    numbers, size = x.reshape(-1).view(np.uint32), 1 << 20
    good = [True] * -(-numbers.size // size)

    def work(piece: int) -> None:
        good[piece] = _finite(numbers[piece * size : (piece + 1) * size])

    workers.share(work, len(good))
    return all(good)


@compiled
def _finite(numbers):
    good = True
    for k in range(numbers.size):
        good &= finite(numbers[k])
    return good


def planes(terms: int) -> int:
    return 1 if terms == 1 else 2


@register_jitable
def pack_lines(x, image, l0, l1, c0, c1, cp, plane, s):
    """s[r - l0, c - c0, :C] = x[image, r, c]; 0 outside of the image and in channels C … Cp."""
    _, height, width, channels = x.shape
    line = (c1 - c0) * cp
    low = min(max(0, c0), c1)
    high = max(min(width, c1), low)
    to, source = address(s), address(x)
    for r in range(l0, l1):
        inside = 0 <= r < height and low < high
        for p in range(2 if plane else 1):
            at = p * plane + (r - l0) * line
            if not inside:
                s[at : at + line] = 0
                continue
            s[at : at + (low - c0) * cp] = 0
            s[at + (high - c0) * cp : at + line] = 0
            at += (low - c0) * cp
            pixel = source + 4 * ((image * height + r) * width + low) * channels
            if cp == channels:
                row(pixel, to + 2 * at, (high - low) * channels, p == 1)
                continue
            for _ in range(low, high):
                row(pixel, to + 2 * at, channels, p == 1)
                s[at + channels : at + cp] = 0
                at += cp
                pixel += 4 * channels


@register_jitable
def pack_images(x, first, count, rows, l0, l1, cp, plane, s):
    """s[r - l0, c, n, :C] = x[first + n, r, c] for n < count; 0 for n = count … rows."""
    _, height, width, channels = x.shape
    to, source = address(s), address(x)
    for r in range(l0, l1):
        for n in range(rows):
            pixel = source + 4 * ((first + n) * height + r) * width * channels
            used = channels if n < count else 0
            at = ((r - l0) * width * rows + n) * cp
            for _ in range(width):
                row(pixel, to + 2 * at, used, False)
                s[at + used : at + cp] = 0
                if plane:
                    row(pixel, to + 2 * (plane + at), used, True)
                    s[plane + at + used : plane + at + cp] = 0
                at += rows * cp
                pixel += 4 * channels


@register_jitable
def pack_windows(x, image, first, last, columns, window, kp, plane, apart, s, lines):
    """s[(i - first) columns + j] = the window of output pixel (i, j): taps in a row, then zeros.

    Windows are ``apart`` numbers from each other · lines: scratch for the pixels that they see
    """
    channels = x.shape[3]
    l0, c0 = first * window.sh - window.top, -window.left
    l1 = (last - 1) * window.sh - window.top + (window.kh - 1) * window.dh + 1
    c1 = (columns - 1) * window.sw - window.left + (window.kw - 1) * window.dw + 1
    taps = window.kh * window.kw * channels
    size = (l1 - l0) * (c1 - c0) * channels
    pack_lines(x, image, l0, l1, c0, c1, channels, size if plane else 0, lines)
    joined = window.kw if window.dw == 1 else 1  # taps that are neighbors
    run, line = joined * channels, (c1 - c0) * channels
    for p in range(2 if plane else 1):
        source, to = address(lines) + 2 * p * size, address(s) + 2 * p * plane
        for i in range(last - first):
            for j in range(columns):
                at = to
                for a in range(window.kh):
                    seen = (i * window.sh + a * window.dh) * line + j * window.sw * channels
                    for b in range(0, window.kw, joined):
                        place = source + 2 * (seen + b * window.dw * channels)
                        copy_numbers(place, at, run)
                        at += 2 * run
                clear_numbers(at, kp - taps)
                to += 2 * apart


@compiled
def pack_weights(w, p0, p1, cp, plane, across, panels, own):
    """panels[p, tap, c / 2, o, 2] = w[tap, c, 16 p + o] for p0 ≤ p < p1: channels in pairs.

    w (kh, kw, C, O), or with ``across`` (kh, kw, O, C), in any order of taps · panels: uint32 ·
    own: 16 x 16 dwords of scratch, twice · returns whether all are finite
    """
    kh, kw = w.shape[:2]
    outputs = w.shape[2] if across else w.shape[3]
    size = kh * kw * cp * 8
    own[:] = 0
    for a in range(kh):
        for b in range(kw):
            part = w[a, b]
            to = address(panels) + 32 * cp * (a * kw + b)
            for low in range(2 if plane else 1):
                if across:
                    for p in range(p0, p1):
                        used = max(0, min(16, outputs - 16 * p))
                        _turned(part, 16 * p, used, cp, to + 4 * p * size, own, low == 1)
                else:
                    _panels(part, p0, p1, cp, to, 4 * size, own, low == 1)
                to += 4 * plane
    all_finite = True
    for k in range(p0 * size, p1 * size):
        all_finite &= finite(panels[k]) and finite(panels[k] << 16)
    return all_finite


@register_jitable
def _panels(part, p0, p1, cp, to, apart, zeros, low):
    channels, outputs = part.shape
    base, step = address(part), 4 * outputs
    for k in range(0, cp, 2):
        for p in range(p0, p1):
            size = max(0, min(16, outputs - 16 * p))
            first = base + k * step + 64 * p if k < channels else address(zeros)
            second = base + (k + 1) * step + 64 * p if k + 1 < channels else address(zeros)
            at = to + p * apart + 32 * k
            paired(first, second, at, size, low)
            clear_numbers(at + 4 * size, 2 * (16 - size))


@register_jitable
def _turned(part, o, size, cp, to, own, low):
    channels = part.shape[1]
    base = address(part) + 4 * o * channels
    for k in range(0, cp, 32):
        used = max(0, min(32, channels - k))
        for r in range(16):
            at = address(own) + 64 * r
            count = used if r < size else 0
            row(base + 4 * (r * channels + k), at, count, low)
            clear_numbers(at + 2 * count, 32 - count)
        transpose(address(own), 64, to + 32 * k, 64)
