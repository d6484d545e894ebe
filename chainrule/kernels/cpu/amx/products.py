"""The tile loops of a convolution: 32 pixels by 32 outputs at a time, in four tiles of sums.

A tile's 16 rows are the same 32 channels of 16 pixels that lie evenly apart, so images are read
where they lie: a tap of the kernel is an offset of the address. Two layouts have such pixels:

    lines     neighbors in a line of the output          s (lines, columns, Cp)
    images    the same pixel of neighboring images       s (lines, columns, images, Cp)

The first suits lines of 16 pixels and more, the second 16 images and more. Weights are panels of
16 outputs: (O / 16, taps, Cp / 2, 16, 2), see ``packing``. Addresses are integers, in bytes.

With three terms a factor is the sum of two bfloat16 numbers h + l, and of the four products
h h, l h, h l are summed; what is left out is 2^-16 of the first.
"""

from __future__ import annotations

from typing import NamedTuple

from numba.extending import register_jitable

from .bfloat import address, copy, copy_numbers, stream
from .tiles import clear, dots, load, store, store_sums, will_read


class Pack(NamedTuple):
    """What ``s`` holds: lines from l0 and columns from c0 of images of height x width pixels.

    ``columns`` of them · ``rows``: images side by side · ``plane``: bytes to the second number
    """

    l0: int
    c0: int
    height: int
    width: int
    columns: int
    rows: int
    cp: int
    plane: int


class Phase(NamedTuple):
    """A convolution to every sh-th line and sw-th column of y, and its packed weights.

    The window's fields are those of ``geometry.Window`` · ``oh``, ``ow``: its lines and columns ·
    ``offset``: numbers from the beginning of an image of y · ``w``: an address, ``plane`` as above
    """

    kh: int
    kw: int
    sh: int
    sw: int
    top: int
    left: int
    dh: int
    dw: int
    oh: int
    ow: int
    offset: int
    w: int
    plane: int
    strict: int


@register_jitable
def add(t, first, second, row, w0, w1, steps):
    """Tiles 0 to 3 += (16 pixels at ``first``, 16 at ``second``) times (panel at w0, at w1)."""
    for k in range(steps):
        load(t, 4, first + 64 * k, row)
        load(t, 6, w0 + 1024 * k, 64)
        load(t, 5, second + 64 * k, row)
        load(t, 7, w1 + 1024 * k, 64)
        dots(t)


@register_jitable
def _move(source, apart, target, pixel, rows, outputs, past):
    """Up to 32 numbers of each row to a pixel of y. Rows are ``apart`` bytes from each other."""
    for _ in range(rows):
        if outputs < 32:
            copy_numbers(source, target, 2 * outputs)
        elif past:
            stream(source, target)
            stream(source + 64, target + 64)
        else:
            copy(source, target)
            copy(source + 64, target + 64)
        source += apart
        target += pixel


@register_jitable
def multiply_lines(
    t, s, pack, phase, first, last, terms, y, base, strides, outputs, past, out, soon, to_come
):
    """Lines first … last of the outputs of one image, whose numbers in y begin at ``base``.

    strides: numbers from line to line and pixel to pixel · past: whether y goes past the caches ·
    out: 4 KB · soon: so many cache lines from there are asked for meanwhile, which are packed next
    """
    y_line, y_pixel = strides
    pixel, steps = 2 * pack.cp, pack.cp // 32
    line, row, panel = pack.columns * pixel, phase.sw * pixel, phase.kh * phase.kw * pack.cp * 32
    blocks = (phase.ow + 15) // 16
    y_at, out_at = address(y), address(out)
    down, across = phase.dh * line, phase.dw * pixel
    origin = s - (phase.top + pack.l0) * line - (phase.left + pack.c0) * pixel
    taps = max(1, terms * phase.kh * phase.kw)
    times = ((last - first) * blocks + 1) // 2 * ((outputs + 31) // 32) * taps
    asked = (to_come + times - 1) // max(1, times)
    for m in range(first * blocks, last * blocks, 2):
        other = min(m + 1, last * blocks - 1)
        i0, j0 = m // blocks, m % blocks * 16
        i1, j1 = other // blocks, other % blocks * 16
        corner0 = origin + i0 * phase.sh * line + j0 * row
        corner1 = origin + i1 * phase.sh * line + j1 * row
        to0 = y_at + 4 * (base + i0 * y_line + j0 * y_pixel)
        to1 = y_at + 4 * (base + i1 * y_line + j1 * y_pixel)
        for o in range(0, outputs, 32):
            clear(t)
            for term in range(terms):
                away = pack.plane if term == 1 else 0
                at = phase.w + o // 16 * panel + (phase.plane if term == 2 else 0)
                for a in range(phase.kh):
                    for b in range(phase.kw):
                        for _ in range(asked):
                            will_read(soon)
                            soon += 64
                        tap = a * down + b * across + away
                        add(t, corner0 + tap, corner1 + tap, row, at, at + panel, steps)
                        at += steps * 1024
            store_sums(t, out_at, 128)
            left, size = outputs - o, 4 * y_pixel
            _move(out_at, 128, to0 + 4 * o, size, min(16, phase.ow - j0), left, past)
            if other > m:
                _move(out_at + 2048, 128, to1 + 4 * o, size, min(16, phase.ow - j1), left, past)


@register_jitable
def multiply_images(
    t, s, pack, phase, first, last, terms, y, base, strides, images, outputs, past, out, nothing
):
    """Lines first … last of the outputs of up to 32 images.

    strides: numbers of y from image to image, line to line, pixel to pixel
    out: (images, pixels of these lines | 1, 32) numbers · nothing: 2 Cp bytes of zeros

    Taps outside of the image are left out, or where weights are not finite multiplied by zeros:
    0 times infinity is NaN.
    """
    y_image, y_line, y_pixel = strides
    row, steps, ow = 2 * pack.cp, pack.cp // 32, phase.ow
    pixel, panel = pack.rows * row, phase.kh * phase.kw * pack.cp * 32
    second = 16 * row if pack.rows > 16 else 0
    pixels = (last - first) * ow
    out_row = (pixels | 1) * 32
    out_at, y_at = address(out), address(y)
    for o in range(0, outputs, 32):
        for m in range(pixels):
            top, left = (first + m // ow) * phase.sh - phase.top, m % ow * phase.sw - phase.left
            clear(t)
            for term in range(terms):
                away = s + (pack.plane if term == 1 else 0)
                base_w = phase.w + o // 16 * panel + (phase.plane if term == 2 else 0)
                for a in range(phase.kh):
                    r = top + a * phase.dh
                    for b in range(phase.kw):
                        c = left + b * phase.dw
                        at = base_w + (a * phase.kw + b) * steps * 1024
                        if 0 <= r < pack.height and 0 <= c < pack.width:
                            corner = away + ((r - pack.l0) * pack.width + c) * pixel
                            add(t, corner, corner + second, row, at, at + panel, steps)
                        elif phase.strict:
                            add(t, nothing, nothing, 0, at, at + panel, steps)
            place = out_at + m * 128
            store(t, 0, place, 4 * out_row)
            store(t, 1, place + 64, 4 * out_row)
            if pack.rows > 16:
                store(t, 2, place + 64 * out_row, 4 * out_row)
                store(t, 3, place + 64 * out_row + 64, 4 * out_row)
        for n in range(images):
            for i in range(last - first):
                to = y_at + 4 * (base + n * y_image + (first + i) * y_line + o)
                at = out_at + 4 * (n * out_row + i * ow * 32)
                _move(at, 128, to, 4 * y_pixel, ow, outputs - o, past)
