"""Images side by side, for sums over images: 32 of them are a tile's inner axis.

    dp (columns, 16, Cp, 2)     a line of 32 images, two images side by side: 16 dwords deep
    xt (columns, Cp, 32)        the same transposed: the images of a channel are one tile row

A dword is two bfloat16. Images that are missing, and channels C … Cp, are zeros.
"""

from __future__ import annotations

from numba.extending import register_jitable

from .bfloat import address, copy, finite, paired
from .tiles import transpose, will_read


@register_jitable
def _pixel(source, image, count, channels, cp, low, ahead, s, at):
    """s[at : at + 16 Cp] = the pixel at ``source`` of ``count`` images, ``image`` bytes apart.

    So many images are more streams than a core foresees: what is ``ahead`` is asked for.
    """
    to = address(s) + 4 * at
    for p in range(16):
        first = source + 2 * p * image
        for k in range(ahead, ahead + 4 * channels, 64):
            will_read(first + k)
            will_read(first + image + k)
        if 2 * p + 1 < count:
            paired(first, first + image, to, channels, low)
        elif 2 * p < count:
            paired(first, first, to, channels, low)
            for k in range(at + p * cp, at + p * cp + channels):
                s[k] = s[k] & 0xFFFF
        used = channels if 2 * p < count else 0
        s[at + p * cp + used : at + (p + 1) * cp] = 0
        to += 4 * cp


@register_jitable
def pack_pairs(x, first, count, line, c0, channels, cp, low, s, at):
    """s[at :] = dp of a line of the images first … first + count of x (N, H, W, C), from c0."""
    _, height, width, every = x.shape
    image = 4 * height * width * every
    source = address(x) + first * image + 4 * (line * width * every + c0)
    for _ in range(width):
        _pixel(source, image, count, channels, cp, low, 8 * every, s, at)
        source += 4 * every
        at += 16 * cp


@register_jitable
def pack_transposed(x, first, count, line, c0, channels, cp, low, own, s, at):
    """s[at :] = xt of a line · own (16, Cp) dwords of scratch"""
    _, height, width, every = x.shape
    image = 4 * height * width * every
    source = address(x) + first * image + 4 * (line * width * every + c0)
    base, to = address(own), address(s) + 4 * at
    for _ in range(width):
        _pixel(source, image, count, channels, cp, low, 8 * every, own, 0)
        for c in range(0, cp, 16):
            transpose(base + 4 * c, 4 * cp, to + 64 * c, 64)
        source += 4 * every
        to += 64 * cp


@register_jitable
def gather(xt, slots, height, width, channels, cp, window, i, columns, kp, s, at):
    """s[at :] (columns, Kp, 32) = the rows of xt under the windows of line i, taps in a row.

    xt (slots, width, Cp, 32), an address: line r is at r mod ``slots``.
    """
    to = address(s) + 4 * at
    end = to
    for j in range(columns):
        end += 64 * kp
        for a in range(window.kh):
            r = i * window.sh - window.top + a * window.dh
            for b in range(window.kw):
                c = j * window.sw - window.left + b * window.dw
                if 0 <= r < height and 0 <= c < width:
                    source = xt + 64 * (r % slots * width + c) * cp
                    for k in range(channels):
                        copy(source + 64 * k, to + 64 * k)
                else:
                    start = at + (to - address(s) - 4 * at) // 4
                    s[start : start + 16 * channels] = 0
                to += 64 * channels
        start = at + (to - address(s) - 4 * at) // 4
        s[start : start + (end - to) // 4] = 0
        to = end


@register_jitable
def all_finite(s, start, stop):
    """Whether no bfloat16 of these dwords is infinite or NaN."""
    good = True
    for k in range(start, stop):
        good &= finite(s[k]) and finite(s[k] << 16)
    return good
