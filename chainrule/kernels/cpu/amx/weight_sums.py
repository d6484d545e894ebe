"""The tile loops of a convolution's gradient by its weights; see ``weight_gradient``."""

from __future__ import annotations

from typing import NamedTuple

from numba.extending import register_jitable

from .bfloat import address
from .pairs import all_finite, gather, pack_pairs, pack_transposed
from .records import aligned, window_of
from .tiles import clear, compiled, configure, dots, load, load_sums, release, store_sums


class Job(NamedTuple):
    """A piece, and how it is packed.

    Images n … n + images, ``held`` at a time, in groups of 32 · lines first … last of dy, ``chunk``
    at a time · channels c0 … c0 + channels of x, o0 … o0 + outputs of dy

    A line r of x is packed at r mod slots. Groups and planes (from the rounded numbers to the
    rests) are that many dwords apart.
    """

    n: int
    images: int
    held: int
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
        j[10], j[11], j[12], j[13], j[14], j[15], j[16], j[17], j[18], j[19], j[20],
    )  # fmt: skip


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
            dots(t)


@register_jitable
def _packed(x, dy, job, n, images, low, high, begin, end, seen, whole, xs, ks, dys, own):
    """Lines low … high of x and begin … end of dy; whether those of dy are all finite."""
    good, height, width, ow = True, x.shape[1], x.shape[2], dy.shape[2]
    for group in range((images + 31) // 32):
        m, count = n + 32 * group, min(32, images - 32 * group)
        for p in range(1 if job.terms == 1 else 2):
            start = p * job.x_plane + group * job.x_group
            for r in range(low, high):
                at = start + r % job.slots * width * job.cp * 16
                pack_transposed(x, m, count, r, job.c0, job.channels, job.cp, p == 1, own, xs, at)
            to = p * job.dy_plane + group * job.dy_group
            for i in range(begin, end):
                at = to + i % job.chunk * ow * job.op * 16
                pack_pairs(dy, m, count, i, job.o0, job.outputs, job.op, p == 1, dys, at)
                if p == 0:
                    good &= all_finite(dys, at, at + ow * job.op * 16)
                if whole:
                    at = p * job.k_plane + group * job.k_group
                    at += i % job.chunk * ow * job.kp * 16
                    gather(
                        address(xs) + 4 * start, job.slots, height, width, job.channels,
                        job.cp, seen, i, ow, job.kp, ks, at,
                    )  # fmt: skip
    return good


@compiled
def sum_piece(t, x, dy, numbers, window, gathered, xs, ks, dys, own, sums):
    """sums (taps, …, …), from its first number on, = the gradient by a piece.

    xs (planes, groups, slots, W, Cp, 16) · dys (planes, groups, chunk, OW, 16, Op) · ks: gathered
    windows, as xs · sums: its strides are those of a tap and of a channel
    """
    job, window = _job(numbers), window_of(window)
    xs, ks, dys, own = aligned(xs), aligned(ks), aligned(dys), aligned(own)
    own[: 32 * 16] = 0
    zeros, own = address(own), own[32 * 16 :]
    whole = gathered[0] > 0
    seen = window_of(gathered) if whole else window
    height, width, oh, ow = x.shape[1], x.shape[2], dy.shape[1], dy.shape[2]
    x_at, x_group, x_plane, slots = address(xs), job.x_group, job.x_plane, job.slots
    shape = height, width, ow
    if whole:
        x_at, x_group, x_plane, slots = address(ks), job.k_group, job.k_plane, job.chunk
        shape = oh, ow, ow
    row, taps, first = sums.strides[1], window.kh * window.kw, True
    configure(t)
    for n in range(job.n, job.n + job.images, job.held):
        images, ready = min(job.held, job.n + job.images - n), 0
        for begin in range(job.first, job.last, job.chunk):
            end = min(job.last, begin + job.chunk)
            low = max(ready, max(0, begin * seen.sh - seen.top))
            high = min(height, (end - 1) * seen.sh - seen.top + (seen.kh - 1) * seen.dh + 1)
            ready = max(ready, high)
            strict = not _packed(
                x, dy, job, n, images, low, high, begin, end, seen, whole, xs, ks, dys, own
            )
            for tap in range(taps):
                for c in range(0, job.kp, 32):
                    for o in range(0, job.op, 32):
                        at = address(sums) + tap * sums.strides[0] + c * row + 4 * o
                        if first:
                            clear(t)
                        else:
                            load_sums(t, at, row)
                        for group in range((images + 31) // 32):
                            for term in range(job.terms):
                                left = group * x_group + x_plane * (term == 1) + 16 * c
                                right = group * job.dy_group + job.dy_plane * (term == 2) + o
                                _add(
                                    t, x_at + 4 * left, address(dys) + 4 * right, shape, window,
                                    tap // window.kw, tap % window.kw, (begin, end), slots,
                                    job.chunk, job.kp, job.op, strict, zeros,
                                )  # fmt: skip
                        store_sums(t, at, row)
            first = False
    release(t)
