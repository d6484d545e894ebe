"""The gradient by the weights on tiles: a sum over images, 32 at a time.

    dw[a, b, c, o] = Σ_{i, j} Σ_n x[n, i s - top + a d, j s - left + b d, c] dy[n, i, j, o]

The inner sum is a product of two small matrices at each pixel, (C, images) times (images, O); see
``pairs``. So a tap is an offset of the address, for any stride and dilation, and images of any
size fill the tiles.

A small dw is summed by a thread over lines that it packs as it goes; those sums, pieces that
depend on shapes only, are added in order. For a large one everything is packed first, then shared
by channels, so that each of its numbers is written once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from ....types import Array
from ...geometry import Pair, Window
from .. import workers
from . import packing, registers
from .packing import padded
from .pairs import all_finite, gather, pack_pairs, pack_transposed
from .tiles import compiled, configure, dot, load, release, store, zero

IMAGES = 32
FEW = 16  # channels up to which whole windows are gathered, instead of channels padded to 32
RING = 1 << 20  # bytes of packed lines that a thread holds
LARGE = 1 << 18  # numbers of dw from which everything is packed first
MOST = 1 << 26  # bytes of all that is packed then, at most
PIECES = 16  # of lines, in which a small dw is summed


class Job(NamedTuple):
    """Images n … n + images, lines first … last of dy, ``chunk`` of them at a time, and the layout.

    A line r of x is packed at r mod slots; planes are the
    dwords from the rounded numbers to the rests.
    """

    n: int
    images: int
    first: int
    last: int
    chunk: int
    terms: int
    slots: int
    cp: int  # channels of x, packed
    kp: int  # channels of dw: cp, or of a whole window
    op: int
    x_plane: int
    k_plane: int
    dy_plane: int


@register_jitable
def _job(j):
    return Job(j[0], j[1], j[2], j[3], j[4], j[5], j[6], j[7], j[8], j[9], j[10], j[11], j[12])


@register_jitable
def _window(p):
    return Window(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7])


@register_jitable
def _aligned(s):
    return s[-s.ctypes.data % 64 // s.itemsize :]


@register_jitable
def _clear(t):
    zero(t, 0)
    zero(t, 1)
    zero(t, 2)
    zero(t, 3)


@register_jitable
def _read(t, at, row):
    load(t, 0, at, row)
    load(t, 1, at + 64, row)
    load(t, 2, at + 16 * row, row)
    load(t, 3, at + 16 * row + 64, row)


@register_jitable
def _write(t, at, row):
    store(t, 0, at, row)
    store(t, 1, at + 64, row)
    store(t, 2, at + 16 * row, row)
    store(t, 3, at + 16 * row + 64, row)


@register_jitable
def _add(t, xs, ys, shape, window, a, b, lines, slots, held, kp, op, strict, zeros):
    """Tiles 0 to 3 += the products of one tap over ``lines`` of dy, 32 channels by 32 outputs.

    xs, ys: addresses of a channel and of an output in line 0 · shape: (H, W, OW)
    """
    height, width, ow = shape
    row = 4 * op
    for i in range(lines[0], lines[1]):
        r = i * window.sh - window.top + a * window.dh
        inside = 0 <= r < height
        if not inside and not strict:
            continue
        above = xs + 64 * (r % slots) * width * kp
        below = ys + 64 * (i % held) * ow * op
        for j in range(ow):
            q = j * window.sw - window.left + b * window.dw
            first, second = above + 64 * q * kp, below + 64 * j * op
            step = 1024
            if not (inside and 0 <= q < width):
                if not strict:
                    continue
                first, step = zeros, 0
            load(t, 4, first, 64)
            load(t, 6, second, row)
            load(t, 5, first + step, 64)
            load(t, 7, second + 64, row)
            dot(t, 0, 4, 6)
            dot(t, 1, 4, 7)
            dot(t, 2, 5, 6)
            dot(t, 3, 5, 7)


@compiled
def _sum(t, x, dy, numbers, window, gathered, xs, ks, dys, own, sums):
    """sums (taps, Kp, Op) = the gradient by the lines of a piece.

    xs (planes, slots, W, Cp, 16) · dys (planes, chunk, OW, 16, Op) · ks: gathered windows
    """
    job, window = _job(numbers), _window(window)
    xs, ks, dys = _aligned(xs), _aligned(ks), _aligned(dys)
    own = _aligned(own)
    own[: 32 * 16] = 0
    zeros, own = own.ctypes.data, own[32 * 16 :]
    seen = _window(gathered) if gathered[0] else window
    height, width = x.shape[1], x.shape[2]
    oh, ow = dy.shape[1], dy.shape[2]
    row, ready = 4 * job.op, 0
    configure(t)
    for begin in range(job.first, job.last, job.chunk):
        end = min(job.last, begin + job.chunk)
        low = max(ready, max(0, begin * seen.sh - seen.top))
        high = min(height, (end - 1) * seen.sh - seen.top + (seen.kh - 1) * seen.dh + 1)
        for p in range(1 if job.terms == 1 else 2):
            for r in range(low, high):
                at = p * job.x_plane + r % job.slots * width * job.cp * 16
                pack_transposed(x, job.n, job.images, r, job.cp, p == 1, own, xs, at)
            for i in range(begin, end):
                at = p * job.dy_plane + i % job.chunk * ow * job.op * 16
                pack_pairs(dy, job.n, job.images, i, job.op, p == 1, dys, at)
                if gathered[0]:
                    at = p * job.k_plane + i % job.chunk * ow * job.kp * 16
                    start = xs.ctypes.data + 4 * p * job.x_plane
                    gather(
                        start, job.slots, height, width, x.shape[3], job.cp, seen, i, ow,
                        job.kp, ks, at,
                    )  # fmt: skip
        ready = max(ready, high)
        strict = not all_finite(dys, 0, (end - begin) * ow * job.op * 16)
        x_at, x_plane, shape, slots = xs.ctypes.data, job.x_plane, (height, width, ow), job.slots
        if gathered[0]:
            x_at, x_plane, shape, slots = ks.ctypes.data, job.k_plane, (oh, ow, ow), job.chunk
        for tap in range(window.kh * window.kw):
            for c in range(0, job.kp, 32):
                for o in range(0, job.op, 32):
                    at = sums.ctypes.data + 4 * ((tap * job.kp + c) * job.op + o)
                    if begin == job.first:
                        _clear(t)
                    else:
                        _read(t, at, row)
                    for term in range(job.terms):
                        _add(
                            t, x_at + 64 * c + 4 * x_plane * (term == 1),
                            dys.ctypes.data + 4 * o + 4 * job.dy_plane * (term == 2),
                            shape, window, tap // window.kw, tap % window.kw, (begin, end),
                            slots, job.chunk, job.kp, job.op, strict, zeros,
                        )  # fmt: skip
                    _write(t, at, row)
    release(t)


def gradient(dy: Array, x: Array, kernel: Pair, window: Window, terms: int) -> Array | None:
    """dw (kh, kw, C, O) from dy (N, OH, OW, O) and x (N, H, W, C).

    None if there are three terms, and a number is not finite.
    """
    channels, outputs = x.shape[3], dy.shape[3]
    if not dy.size or not x.size:
        return np.zeros((*kernel, channels, outputs), np.float32)
    gathered = np.zeros(8, np.int64)
    seen = window
    cp = kp = padded(channels)
    if channels <= FEW and kernel != (1, 1):
        gathered[:] = window
        window = Window(1, 1, 1, 1, 0, 0, 1, 1)
        cp, kp = padded(channels, 16), padded(kernel[0] * kernel[1] * channels)
    op = padded(outputs)
    sums = _pieces(x, dy, seen, window, gathered, (cp, kp, op), terms)
    if terms > 1 and not np.isfinite(sums).all():
        return None
    if gathered[0]:
        return sums[0, : kernel[0] * kernel[1] * channels, :outputs].reshape(
            *kernel, channels, outputs
        )
    dw: Array = sums.reshape(*kernel, kp, op)[:, :, :channels, :outputs]
    return np.ascontiguousarray(dw)


def _pieces(
    x: Array, dy: Array, seen: Window, window: Window, gathered: Array,
    sizes: tuple[int, int, int], terms: int,
) -> Array:  # fmt: skip
    """Sums (taps, Kp, Op) of pieces of lines, added in order."""
    (cp, kp, op), planes = sizes, packing.planes(terms)
    n, _, width, _ = x.shape
    _, oh, ow, _ = dy.shape
    x_line, k_line, dy_line = 16 * width * cp, 16 * ow * kp * bool(gathered[0]), 16 * ow * op
    reach = (seen.kh - 1) * seen.dh + 1
    chunk = (RING // (4 * planes) - (reach - seen.sh) * x_line) // (
        seen.sh * x_line + k_line + dy_line
    )
    chunk = min(oh, max(1, chunk))
    slots = (chunk - 1) * seen.sh + reach
    groups = -(-n // IMAGES)
    strips = min(-(-oh // chunk), max(1, PIECES // groups))
    strip = padded(-(-oh // strips), chunk)
    pieces = [(m, i) for m in range(0, n, IMAGES) for i in range(0, oh, strip)]
    taps = window.kh * window.kw
    sums = np.empty((len(pieces), taps, kp, op), np.float32)
    source, slopes, make = packing.bits(x), packing.bits(dy), registers.maker()
    windows = np.array(window, np.int64)
    x_plane, k_plane, dy_plane = slots * x_line, chunk * k_line, chunk * dy_line

    def work(piece: int) -> None:
        m, i = pieces[piece]
        job = Job(
            m, min(IMAGES, n - m), i, min(oh, i + strip), chunk, terms, slots, cp, kp, op,
            x_plane, k_plane, dy_plane,
        )  # fmt: skip
        xs, ks, dys, own = (
            workers.scratch(name, (size + 32,)).view(np.uint32)
            for name, size in (
                ("xs", planes * x_plane), ("ks", planes * k_plane),
                ("dys", planes * dy_plane), ("own", 16 * cp + 1024),
            )
        )  # fmt: skip
        numbers = np.array(job, np.int64)
        _sum(make(), source, slopes, numbers, windows, gathered, xs, ks, dys, own, sums[piece])

    workers.share(work, len(pieces))
    total: Array = sums[0] if len(pieces) == 1 else sums.sum(axis=0)
    return total
