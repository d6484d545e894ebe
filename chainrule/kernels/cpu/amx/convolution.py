"""Convolution on tiles, forward: x and w in float32, rounded while they are packed.

A piece, some lines of one or many images, is packed and multiplied by one thread. Several
``Part``s that read the same images, each with a kernel of its own, share a packed piece: the
gradient by the input of a strided convolution is one part for each of its phases.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from ....types import Array
from ...geometry import Pair, Window
from .. import workers
from . import packing, registers
from .bfloat import address, settle
from .packing import pack_images, pack_lines, pack_windows, padded
from .products import Pack, Phase, multiply_images, multiply_lines
from .records import aligned, window_of
from .tiles import compiled, configure, release

FEW = 16  # channels up to which whole windows are packed, instead of channels padded to 32
S = 1 << 19  # bytes of a packed piece, at most, unless one line is longer
WORK = 1 << 28  # operations of a piece: 0.1 ms
IMAGES = 32  # of a piece whose tiles have images for rows
STREAM = 1 << 23  # bytes of y that are too many for a core's cache
PANELS = 4  # of weights that are packed together: 256 bytes of a row
SPARE = 32  # numbers, to begin at a cache line
FULL = 0.8  # of a tile's rows in use, from which they are neighbors in a line


class Part(NamedTuple):
    """y[:, p::sh, q::sw] = the convolution of x with w (kh, kw, C, O), by this window."""

    window: Window
    w: Array
    across: bool  # whether w is (kh, kw, O, C) instead
    size: Pair  # lines and columns of this part of y
    first: Pair  # p, q


class Job(NamedTuple):
    """A piece: images n … n + images, lines first … last of each part, and what is packed for it.

    ``image``, ``line``, ``pixel``: numbers of y from one to the next
    """

    n: int
    images: int
    first: int
    last: int
    l1: int
    terms: int
    image: int
    line: int
    pixel: int
    outputs: int
    l0: int
    c0: int
    height: int
    width: int
    columns: int
    rows: int
    cp: int
    plane: int
    past: int  # whether y goes past the caches


@register_jitable
def _pack(job):
    return Pack(job[10], job[11], job[12], job[13], job[14], job[15], job[16], job[17])


@register_jitable
def _phase(p):
    return Phase(
        p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11], p[12], p[13]
    )


@compiled
def _lines(t, x, job, gathered, phases, y, s, out):
    """A piece whose tiles have neighboring pixels for rows.

    ``gathered``: the window whose taps are packed as channels, for one part of 1x1; kh = 0 if not
    """
    configure(t)
    pack, s, out = _pack(job), aligned(s), aligned(out)
    first, last, terms, image, outputs = job[2], job[3], job[5], job[6], job[9]
    for n in range(job[0], job[0] + job[1]):
        if gathered[0]:
            window = window_of(gathered)
            size = (last - first) * pack.columns * pack.cp
            pack_windows(
                x, n, first, last, pack.columns, window, pack.cp, pack.plane // 2, pack.cp,
                s, s[size + pack.plane // 2 :],
            )  # fmt: skip
        else:
            c1 = pack.c0 + pack.columns
            pack_lines(x, n, pack.l0, job[4], pack.c0, c1, pack.cp, pack.plane // 2, s)
        soon, to_come = address(x) + (n + 1) * x[0].size * 4, x[0].size // 16
        if n + 1 == job[0] + job[1] or last - first < phases[0, 8]:
            to_come = 0
        for p in range(len(phases)):
            phase = _phase(phases[p])
            multiply_lines(
                t, address(s), pack, phase, first, min(last, phase.oh), terms,
                y, n * image + phase.offset, (job[7], job[8]), outputs, job[18], out,
                soon, to_come * (p == 0),
            )  # fmt: skip
    release(t)
    settle()


@compiled
def _images(t, x, job, gathered, phases, y, s, out):
    """A piece whose tiles have the same pixel of many images for rows."""
    configure(t)
    pack, s, out = _pack(job), aligned(s), aligned(out)
    n, count, first, last, terms, image = job[0], job[1], job[2], job[3], job[5], job[6]
    s[: pack.cp] = 0
    nothing, s = address(s), s[pack.cp :]
    if gathered[0]:
        apart = pack.rows * pack.cp
        size = (last - first) * pack.columns * apart
        s[: size + pack.plane // 2] = 0
        for m in range(count):
            pack_windows(
                x, n + m, first, last, pack.columns, window_of(gathered), pack.cp, pack.plane // 2,
                apart, s[m * pack.cp :], s[size + pack.plane // 2 :],
            )  # fmt: skip
    else:
        pack_images(x, n, count, pack.rows, pack.l0, job[4], pack.cp, pack.plane // 2, s)
    for p in range(len(phases)):
        phase = _phase(phases[p])
        multiply_images(
            t, address(s), pack, phase, first, min(last, phase.oh), terms,
            y, n * image + phase.offset, (image, job[7], job[8]), count, job[9], job[18],
            out, nothing,
        )  # fmt: skip
    release(t)
    settle()


def convolve(x: Array, parts: Sequence[Part], y: Array, step: Pair, terms: int) -> bool:
    """Fill y (N, …, …, O) by the ``parts``, whose pixels lie ``step`` apart.

    Whether it is right: not so if there are three terms, and a number of y is not finite.
    """
    if not y.size:
        return True
    source, outputs = packing.bits(x), y.shape[3]
    n, height, width, channels = x.shape
    make = registers.maker()
    gathered, seen = np.zeros(8, np.int64), (0, 0)  # numbers of x under a line of windows
    if len(parts) == 1 and channels <= FEW and parts[0].window.kh * parts[0].window.kw > 1:
        ((window, w, across, size, place),) = parts
        gathered[:] = window
        w = np.ascontiguousarray(w.swapaxes(2, 3) if across else w).reshape(1, 1, -1, outputs)
        parts = [Part(Window(1, 1, 1, 1, 0, 0, 1, 1), w, False, size, place)]
        height, width = size
        wide = (padded(width, 16) * window.sw + window.kw * window.dw) * channels
        seen = window.sh * wide, window.kh * window.dh * wide
        channels = parts[0].w.shape[2]
    cp = padded(channels)
    weights = [_packed(part.w, part.across, cp, terms) for part in parts]
    line, pixel = y.shape[2] * outputs, outputs
    phases = [
        Phase(
            *part.window, *part.size, part.first[0] * line + part.first[1] * pixel,
            packed.at, packed.plane, int(not packed.finite),
        )
        for part, packed in zip(parts, weights, strict=True)
    ]  # fmt: skip
    table, flat, image = np.array(phases, np.int64), y.reshape(-1), y.shape[1] * line
    oh, ow = (max(part.size[axis] for part in parts) for axis in (0, 1))
    before, after = _reach(phases)
    sh, sw = parts[0].window[2:4]
    by_lines = n < 16 or ow / padded(ow, 16) >= FULL
    rows = 1 if by_lines else (16 if n <= 16 else IMAGES)
    columns = (padded(ow, 16) - 1) * sw + before[1] + after[1] + 1 if by_lines else width
    bytes_of_line = packing.planes(terms) * columns * rows * cp * 2
    strip = max(1, (S // bytes_of_line - before[0] - after[0] - 1) // sh + 1)
    strip = -(-oh // -(-oh // strip))  # the same for all strips, nearly
    operations = 2 * y.size // n * channels * sum(p.kh * p.kw for p in phases) // len(phases)
    strips = -(-oh // strip)
    group = max(1, WORK * strips // max(1, operations)) if by_lines else rows
    past = y.nbytes >= STREAM and y.ctypes.data % 64 == outputs % 16 == 0
    pieces = [(m, i) for m in range(0, n, group) for i in range(0, oh, strip)]

    def work(piece: int) -> None:
        m, i = pieces[piece]
        last = min(oh, i + strip)
        l0 = i * sh - before[0]
        l1 = (last - 1) * sh + after[0] + 1
        if not by_lines:
            l0, l1 = max(0, l0), min(height, l1)
        size = max(0, l1 - l0) * columns * rows * cp
        job = Job(
            m, min(group, n - m), i, last, l1, terms, image, step[0] * line, step[1] * pixel,
            outputs, l0, -before[1], height, width, columns, rows, cp, 2 * size if terms > 1 else 0,
            int(past),
        )  # fmt: skip
        size = packing.planes(terms) * (size + (last - i) * seen[0] + seen[1])
        s = workers.scratch("s", (size // 2 + cp + SPARE,))
        out = 1024 if by_lines else rows * ((last - i) * ow | 1) * 32
        run = _lines if by_lines else _images
        run(
            make(), source, np.array(job, np.int64), gathered, table, flat, s.view(np.uint16),
            workers.scratch("out", (out + SPARE,)),
        )  # fmt: skip

    workers.share(work, len(pieces))
    return terms == 1 or packing.all_finite(y)


def _reach(phases: Sequence[Phase]) -> tuple[Pair, Pair]:
    """Lines and columns that windows see before and after the pixel where they stand."""
    used = [p for p in phases if p.kh and p.kw] or [Phase(1, 1, 1, 1, *[0] * 10)]
    before = max(p.top for p in used), max(p.left for p in used)
    after = (
        max((p.kh - 1) * p.dh - p.top for p in used),
        max((p.kw - 1) * p.dw - p.left for p in used),
    )
    return before, after


class _Packed(NamedTuple):
    panels: Array
    at: int  # their address
    plane: int  # bytes
    finite: bool


def _packed(w: Array, across: bool, cp: int, terms: int) -> _Packed:
    """w (kh, kw, C, O), ``across`` (kh, kw, O, C), as panels; see ``packing.pack_weights``.

    Any order of taps; a tap is one piece of memory.
    """
    kh, kw, channels, outputs = w.shape
    if across:
        channels, outputs = outputs, channels
    bits, count = w.view(np.uint32), padded(outputs) // 16
    size = kh * kw * (cp // 2) * 16  # dwords of a panel
    plane = count * size if terms > 1 else 0
    panels = packing.aligned(4 * packing.planes(terms) * count * size).view(np.uint32)
    pieces = -(-count // PANELS) if size * count > 1 << 16 else 1
    step = -(-count // pieces)
    finite = [True] * pieces

    def work(piece: int) -> None:
        own = workers.scratch("own", (512,)).view(np.uint32)
        start = piece * step
        stop = min(count, start + step)
        finite[piece] = packing.pack_weights(bits, start, stop, cp, plane, across, panels, own)

    workers.share(work, pieces)
    return _Packed(panels, panels.ctypes.data, 4 * plane, all(finite))
