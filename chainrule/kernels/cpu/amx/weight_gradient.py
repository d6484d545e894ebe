"""The gradient by the weights on tiles: a sum over images, 32 at a time.

    dw[a, b, c, o] = Σ_{i, j} Σ_n x[n, i s - top + a d, j s - left + b d, c] dy[n, i, j, o]

The inner sum is a product of two small matrices at each pixel, (C, images) times (images, O); see
``pairs``. So a tap is an offset of the address, for any stride and dilation, and images of any
size fill the tiles.

A piece is a range of images, of lines, of channels and of outputs, so many that what is packed for
it fits a core's cache. A small dw is summed in pieces of lines, which are added in order; a large
one in pieces of channels and outputs, so that few sums of its size are written.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from ....types import Array
from ...geometry import Pair, Window
from .. import workers, workspace
from . import packing, registers
from .bfloat import address
from .packing import padded
from .pairs import all_finite, gather, pack_pairs, pack_transposed
from .tiles import compiled, configure, dot, load, release, store, zero

IMAGES = 32
SPARE = 32  # numbers, to begin at a cache line
FEW = 16  # channels up to which whole windows are gathered, instead of channels padded to 32
RING = 1 << 20  # bytes of packed lines that a thread holds
LARGE = 1 << 18  # numbers of dw from which pieces are of channels
CHANNELS, OUTPUTS = 128, 256  # of such a piece
HELD = 3 << 19  # bytes of packed images that a thread holds then
PIECES, SUMS = 16, 1 << 20  # pieces of a small dw, at most, and their numbers


class Job(NamedTuple):
    """A piece, and how it is packed.

    Images n … n + images in groups of 32 · lines first … last of dy, ``chunk`` of them at a time ·
    channels c0 … c0 + channels of x, o0 … o0 + outputs of dy

    A line r of x is packed at r mod slots. Groups and planes (from the rounded numbers to the
    rests) are that many dwords apart.
    """

    n: int
    images: int
    first: int
    last: int
    chunk: int
    terms: int
    slots: int
    c0: int
    channels: int
    cp: int
    kp: int  # cp, or the channels of a whole window
    o0: int
    outputs: int
    op: int
    x_group: int
    k_group: int
    dy_group: int
    x_plane: int
    k_plane: int
    dy_plane: int


@register_jitable
def _job(j):
    return Job(
        j[0], j[1], j[2], j[3], j[4], j[5], j[6], j[7], j[8], j[9],
        j[10], j[11], j[12], j[13], j[14], j[15], j[16], j[17], j[18], j[19],
    )  # fmt: skip


@register_jitable
def _window(p):
    return Window(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7])


@register_jitable
def _aligned(s):
    return s[-address(s) % 64 // s.itemsize :]


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
    """sums (taps, …, …), from its first number on, = the gradient by a piece.

    xs (planes, groups, slots, W, Cp, 16) · dys (planes, groups, chunk, OW, 16, Op) · ks: gathered
    windows, as xs · strides of sums: that of a tap and of a channel
    """
    job, window = _job(numbers), _window(window)
    xs, ks, dys, own = _aligned(xs), _aligned(ks), _aligned(dys), _aligned(own)
    own[: 32 * 16] = 0
    zeros, own = address(own), own[32 * 16 :]
    seen = _window(gathered) if gathered[0] else window
    height, width = x.shape[1], x.shape[2]
    oh, ow = dy.shape[1], dy.shape[2]
    groups, ready = (job.images + 31) // 32, 0
    row, taps = sums.strides[1], window.kh * window.kw
    configure(t)
    for begin in range(job.first, job.last, job.chunk):
        end = min(job.last, begin + job.chunk)
        low = max(ready, max(0, begin * seen.sh - seen.top))
        high = min(height, (end - 1) * seen.sh - seen.top + (seen.kh - 1) * seen.dh + 1)
        strict = False
        for group in range(groups):
            n, count = job.n + 32 * group, min(32, job.images - 32 * group)
            for p in range(1 if job.terms == 1 else 2):
                start = p * job.x_plane + group * job.x_group
                for r in range(low, high):
                    at = start + r % job.slots * width * job.cp * 16
                    pack_transposed(
                        x, n, count, r, job.c0, job.channels, job.cp, p == 1, own, xs, at
                    )
                to = p * job.dy_plane + group * job.dy_group
                for i in range(begin, end):
                    at = to + i % job.chunk * ow * job.op * 16
                    pack_pairs(dy, n, count, i, job.o0, job.outputs, job.op, p == 1, dys, at)
                    if gathered[0]:
                        at = p * job.k_plane + group * job.k_group
                        at += i % job.chunk * ow * job.kp * 16
                        gather(
                            address(xs) + 4 * start, job.slots, height, width, job.channels,
                            job.cp, seen, i, ow, job.kp, ks, at,
                        )  # fmt: skip
            at = group * job.dy_group
            strict |= not all_finite(dys, at, at + (end - begin) * ow * job.op * 16)
        ready = max(ready, high)
        x_at, x_group, x_plane, slots = address(xs), job.x_group, job.x_plane, job.slots
        shape = height, width, ow
        if gathered[0]:
            x_at, x_group, x_plane, slots = address(ks), job.k_group, job.k_plane, job.chunk
            shape = oh, ow, ow
        for tap in range(taps):
            for c in range(0, job.kp, 32):
                for o in range(0, job.op, 32):
                    at = address(sums) + tap * sums.strides[0] + c * row + 4 * o
                    if begin == job.first:
                        _clear(t)
                    else:
                        _read(t, at, row)
                    for group in range(groups):
                        for term in range(job.terms):
                            left = group * x_group + x_plane * (term == 1) + 16 * c
                            right = group * job.dy_group + job.dy_plane * (term == 2) + o
                            _add(
                                t, x_at + 4 * left, address(dys) + 4 * right, shape, window,
                                tap // window.kw, tap % window.kw, (begin, end), slots,
                                job.chunk, job.kp, job.op, strict, zeros,
                            )  # fmt: skip
                    _write(t, at, row)
    release(t)


class _Cut(NamedTuple):
    """How the work is cut: so many images, lines, channels and outputs in a piece.

    ``chunk`` lines of dy and ``slots`` of x are packed at a time. All are given by shapes.
    """

    images: int
    lines: int
    channels: int
    outputs: int
    chunk: int
    slots: int


def _cut(
    n: int, oh: int, seen: Window, lines: tuple[int, int, int], sizes: tuple[int, int], taps: int,
    whole: bool,
) -> _Cut:  # fmt: skip
    """``lines``: bytes of a packed channel of x, of all windows, and of a packed output, a line"""
    (kp, op), (x_line, k_line, dy_line) = sizes, lines
    reach, groups = (seen.kh - 1) * seen.dh + 1, -(-n // IMAGES)
    large = taps * kp * op >= LARGE and not whole
    channels, outputs = (min(kp, CHANNELS), min(op, OUTPUTS)) if large else (kp, op)
    x_line, dy_line = x_line * channels, dy_line * outputs
    room = (HELD if large else RING) - (reach - seen.sh) * x_line
    chunk = min(oh, max(1, room // (seen.sh * x_line + k_line + dy_line)))
    slots = (chunk - 1) * seen.sh + reach
    if large:
        held = slots * x_line + chunk * dy_line
        images = IMAGES * (max(1, HELD // held) if chunk == oh else 1)
        return _Cut(images, oh, channels, outputs, chunk, slots)
    pieces = min(PIECES, max(groups, SUMS // (taps * kp * op)))
    strips = min(-(-oh // chunk), max(1, pieces // groups))
    return _Cut(IMAGES, padded(-(-oh // strips), chunk), channels, outputs, chunk, slots)


def gradient(dy: Array, x: Array, kernel: Pair, window: Window, terms: int) -> Array | None:
    """dw (kh, kw, C, O) from dy (N, OH, OW, O) and x (N, H, W, C).

    None if there are three terms, and a number is not finite.
    """
    (n, _, width, channels), (_, oh, ow, outputs) = x.shape, dy.shape
    if not dy.size or not x.size:
        return np.zeros((*kernel, channels, outputs), np.float32)
    seen, gathered, planes = window, np.zeros(8, np.int64), packing.planes(terms)
    whole = channels <= FEW and kernel != (1, 1)
    cp = kp = padded(channels)
    if whole:
        gathered[:] = window
        window = Window(1, 1, 1, 1, 0, 0, 1, 1)
        cp, kp = padded(channels, 16), padded(kernel[0] * kernel[1] * channels)
    op, taps = padded(outputs), window.kh * window.kw
    k_line = 64 * planes * ow * kp if whole else 0
    lines = 64 * planes * width * (cp if whole else 1), k_line, 64 * planes * ow
    if whole:
        lines = lines[0] // kp, k_line, lines[2]
    cut = _cut(n, oh, seen, lines, (kp, op), taps, whole)
    parts = [(m, i) for m in range(0, n, cut.images) for i in range(0, oh, cut.lines)]
    ranges = [(c, o) for c in range(0, kp, cut.channels) for o in range(0, op, cut.outputs)]
    sums = workspace.empty((len(parts), taps, kp, op))
    source, slopes, make = packing.bits(x), packing.bits(dy), registers.maker()
    windows = np.array(window, np.int64)

    def work(piece: int) -> None:
        part, (c, o) = piece // len(ranges), ranges[piece % len(ranges)]
        m, i = parts[part]
        images = min(cut.images, n - m)
        k, p = min(cut.channels, kp - c), min(cut.outputs, op - o)
        x_group = 16 * cut.slots * width * (cp if whole else k)
        k_group, dy_group = 16 * cut.chunk * ow * kp * whole, 16 * cut.chunk * ow * p
        groups = -(-images // IMAGES)
        job = Job(
            m, images, i, min(oh, i + cut.lines), cut.chunk, terms, cut.slots,
            c, min(channels - c, cp if whole else k), cp if whole else k, k,
            o, min(outputs - o, p), p, x_group, k_group, dy_group,
            groups * x_group, groups * k_group, groups * dy_group,
        )  # fmt: skip
        held = (
            workers.scratch(name, (size + SPARE,)).view(np.uint32)
            for name, size in (
                ("xs", planes * groups * x_group), ("ks", planes * groups * k_group),
                ("dys", planes * groups * dy_group), ("own", 16 * job.cp + 512),
            )
        )  # fmt: skip
        target = sums[part, :, c:, o:]
        _sum(make(), source, slopes, np.array(job, np.int64), windows, gathered, *held, target)

    workers.share(work, len(parts) * len(ranges))
    total = _total(sums)
    if terms > 1 and not packing.all_finite(total):
        return None
    if whole:
        size = kernel[0] * kernel[1] * channels
        return np.ascontiguousarray(total[0, :size, :outputs]).reshape(*kernel, channels, outputs)
    dw: Array = total.reshape(*kernel, kp, op)[:, :, :channels, :outputs]
    return np.ascontiguousarray(dw)


def _total(sums: Array) -> Array:
    """The sum over the first axis, in order."""
    if len(sums) == 1:
        first: Array = sums[0]
        return first
    flat = sums.reshape(len(sums), -1)
    total = workspace.empty(flat.shape[1:])
    step = 1 << 18

    def work(piece: int) -> None:
        part = slice(piece * step, (piece + 1) * step)
        np.add.reduce(flat[:, part], axis=0, out=total[part])

    workers.share(work, -(-total.size // step))
    return total.reshape(sums.shape[1:])
