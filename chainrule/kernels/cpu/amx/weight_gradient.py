"""The gradient by the weights on tiles: a sum over images, 32 at a time.

    dw[a, b, c, o] = Σ_{i, j} Σ_n x[n, i s - top + a d, j s - left + b d, c] dy[n, i, j, o]

The inner sum is a product of two small matrices at each pixel, (C, images) times (images, O), so a
tap is again an offset of the address, for any stride and dilation, and none is lost at the rim:

    xt (line, column, Cp, 32)         the 32 images of a channel side by side: x transposed
    dp (line, column, 16, Op, 2)      two images side by side

A small dw is summed by a thread over lines that it packs as it goes, ``slots`` of them at a time;
those sums, ``pieces`` that depend on shapes only, are added in order. For a large one everything
is packed first, then shared by channels, so that each of its numbers is written once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from ....types import Array
from ...geometry import Pair, Window
from .. import workers
from . import packing, registers
from .bfloat import pair, rest, upper
from .packing import padded
from .tiles import compiled, configure, dot, load, release, store, transpose, zero

IMAGES = 32
FEW = 16  # channels up to which whole windows are packed
RING = 1 << 20  # bytes of packed lines that a thread holds
LARGE = 1 << 18  # numbers of dw from which everything is packed first
MOST = 1 << 26  # bytes of all that is packed, at most
PIECES = 16


class Packed(NamedTuple):
    """``slots`` lines of x and ``lines`` of dy; planes and blocks of images in bytes."""

    slots: int
    lines: int
    columns: int
    ow: int
    cp: int
    op: int
    x_plane: int
    dy_plane: int
    x_block: int
    dy_block: int


@register_jitable
def _pair(first, second, plane, target, other):
    """target[k] = (first[k], second[k]) rounded, in one dword; ``other`` gets the rests."""
    for k in range(target.size):
        target[k] = pair(upper(first[k]), upper(second[k]))
    if plane:
        for k in range(other.size):
            other[k] = pair(rest(first[k]), rest(second[k]))


@register_jitable
def _single(first, plane, target, other):
    for k in range(target.size):
        target[k] = pair(upper(first[k]), np.uint32(0))
    if plane:
        for k in range(other.size):
            other[k] = pair(rest(first[k]), np.uint32(0))


@register_jitable
def _pairs(x, first, count, line, column, channels, cp, plane, s, at):
    """s[at : at + 16 Cp] = the images of a pixel as (16, Cp) dwords; missing ones are 0."""
    for p in range(16):
        start = at + p * cp
        n, used = first + 2 * p, 0
        if 2 * p + 1 < count:
            used = channels
            _pair(
                x[n, line, column], x[n + 1, line, column], plane,
                s[start : start + used], s[start + plane : start + plane + used],
            )  # fmt: skip
        elif 2 * p < count:
            used = channels
            _single(
                x[n, line, column], plane,
                s[start : start + used], s[start + plane : start + plane + used],
            )  # fmt: skip
        s[start + used : start + cp] = 0
        if plane:
            s[start + plane + used : start + plane + cp] = 0


@register_jitable
def pack_gradient(dy, first, count, line, op, plane, s, at):
    """s[at :] = dp of one line: (columns, 16, Op) dwords."""
    for column in range(dy.shape[2]):
        _pairs(dy, first, count, line, column, dy.shape[3], op, plane, s, at)
        at += 16 * op


@register_jitable
def pack_transposed(x, first, count, line, cp, plane, own, s, at):
    """s[at :] = xt of one line: (columns, Cp, 16) dwords. ``own``: (planes, 16, Cp) of scratch."""
    base = own.ctypes.data
    step = 16 * cp if plane else 0
    for column in range(x.shape[2]):
        _pairs(x, first, count, line, column, x.shape[3], cp, step, own, 0)
        for c in range(0, cp, 16):
            transpose(base + 4 * c, 4 * cp, s.ctypes.data + 4 * (at + 16 * c), 64)
            if plane:
                to = s.ctypes.data + 4 * (at + plane + 16 * c)
                transpose(base + 4 * (step + c), 4 * cp, to, 64)
        at += 16 * cp


@register_jitable
def gather_windows(xt, window, slots, height, width, channels, cp, i, ow, kp, plane, to, s, at):
    """s[at :] = (OW, Kp, 16) dwords: the rows of xt that the windows of line i see, then zeros."""
    kh, kw, sh, sw, top, left, dh, dw = window
    for j in range(ow):
        k = at + j * kp * 16
        end = k + kp * 16
        for a in range(kh):
            l = i * sh - top + a * dh
            for b in range(kw):
                c = j * sw - left + b * dw
                size = channels * 16
                if 0 <= l < height and 0 <= c < width:
                    source = (l % slots * width + c) * cp * 16
                    s[k : k + size] = xt[source : source + size]
                    if plane:
                        s[k + to : k + to + size] = xt[source + plane : source + plane + size]
                else:
                    s[k : k + size] = 0
                    if plane:
                        s[k + to : k + to + size] = 0
                k += size
        s[k:end] = 0
        if plane:
            s[k + to : end + to] = 0


@register_jitable
def add_products(t, x_at, dy_at, pack, window, size, lines, blocks, tap, c, o, terms, strict, zeros):
    """Tiles 0 to 3 += 32 channels from c by 32 outputs from o of one tap, over ``lines`` of dy."""
    _, kw, sh, sw, top, left, dh, dw = window
    height, width = size
    a, b = tap // kw, tap % kw
    row = 4 * pack.op
    for block in range(blocks):
        for term in range(terms):
            xs = x_at + block * pack.x_block + 64 * c + (pack.x_plane if term == 1 else 0)
            ys = dy_at + block * pack.dy_block + 4 * o + (pack.dy_plane if term == 2 else 0)
            for i in range(lines[0], lines[1]):
                l = i * sh - top + a * dh
                inside = 0 <= l < height
                if not inside and not strict:
                    continue
                above = xs + l % pack.slots * pack.columns * pack.cp * 64
                below = ys + i % pack.lines * pack.ow * pack.op * 64
                for j in range(pack.ow):
                    q = j * sw - left + b * dw
                    first, step = above + q * pack.cp * 64, 1024
                    if not (inside and 0 <= q < width):
                        if not strict:
                            continue
                        first, step = zeros, 0
                    second = below + j * pack.op * 64
                    load(t, 4, first, 64)
                    load(t, 6, second, row)
                    load(t, 5, first + step, 64)
                    load(t, 7, second + 64, row)
                    dot(t, 0, 4, 6)
                    dot(t, 1, 4, 7)
                    dot(t, 2, 5, 6)
                    dot(t, 3, 5, 7)


@compiled
def _piece(
    t, x, dy, first, count, span, chunk, pack, window, whole, terms, strict, own, xs, dys, ws, sums,
    zeros,
):  # fmt: skip
    """sums (taps, Cp, Op) = the gradient by lines span[0] … span[1] of ``count`` images.

    ``whole``: the window to gather, if its taps are to be channels; then ``window`` is of 1x1.
    """
    configure(t)
    height, width = x.shape[1], x.shape[2]
    taps = window[0] * window[1]
    seen = whole if whole[0] else window
    kh, _, sh, _, top, _, dh, _ = seen
    cp = packed_width(x.shape[3]) if whole[0] else pack.cp
    x_plane, dy_plane, w_plane = xs.size // 2, dys.size // 2, ws.size // 2
    if terms == 1:
        x_plane, dy_plane, w_plane = 0, 0, 0
    ready = 0
    out = sums.ctypes.data
    row = 4 * pack.op
    slots = pack.slots
    if whole[0]:
        slots = xs.size // (width * cp * 16) // (1 if terms == 1 else 2)
    for begin in range(span[0], span[1], chunk):
        end = min(span[1], begin + chunk)
        low = max(ready, max(0, begin * sh - top))
        high = min(height, (end - 1) * sh - top + (kh - 1) * dh + 1)
        for l in range(low, high):
            at = l % slots * width * cp * 16
            pack_transposed(x, first, count, l, cp, x_plane, own, xs, at)
        ready = max(ready, high)
        for i in range(begin, end):
            at = i % pack.lines * pack.ow * pack.op * 16
            pack_gradient(dy, first, count, i, pack.op, dy_plane, dys, at)
            if whole[0]:
                at = i % pack.slots * pack.ow * pack.cp * 16
                gather_windows(
                    xs, whole, slots, height, width, x.shape[3], cp, i, pack.ow, pack.cp,
                    x_plane, w_plane, ws, at,
                )  # fmt: skip
        x_at, size = xs.ctypes.data, (height, width)
        if whole[0]:
            x_at, size = ws.ctypes.data, (dy.shape[1], dy.shape[2])
        for tap in range(taps):
            for c in range(0, pack.cp, 32):
                for o in range(0, pack.op, 32):
                    at = out + 4 * ((tap * pack.cp + c) * pack.op + o)
                    below = at + 16 * row
                    if begin == span[0]:
                        zero(t, 0)
                        zero(t, 1)
                        zero(t, 2)
                        zero(t, 3)
                    else:
                        load(t, 0, at, row)
                        load(t, 1, at + 64, row)
                        load(t, 2, below, row)
                        load(t, 3, below + 64, row)
                    add_products(
                        t, x_at, dys.ctypes.data, pack, window, size, (begin, end), 1,
                        tap, c, o, terms, strict, zeros.ctypes.data,
                    )  # fmt: skip
                    store(t, 0, at, row)
                    store(t, 1, at + 64, row)
                    store(t, 2, below, row)
                    store(t, 3, below + 64, row)
    release(t)
