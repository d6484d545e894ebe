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
from .packing import pack_images, pack_lines, pack_windows, pack_windows_of_images, padded
from .products import Pack, Phase, multiply_images, multiply_lines
from .tiles import compiled, configure, release

FEW = 16  # channels up to which whole windows are packed, instead of channels padded to 32
S = 1 << 19  # bytes of a packed piece, at most, unless one line is longer
WORK = 1 << 28  # operations of a piece: 0.1 ms
IMAGES = 32  # of a piece whose tiles have images for rows
FULL = 0.8  # of a tile's rows in use, from which they are neighbors in a line


class Part(NamedTuple):
    """y[:, p::sh, q::sw] = the convolution of x with w (kh, kw, C, O), by this window."""

    window: Window
    w: Array
    size: Pair  # lines and columns of this part of y
    first: Pair  # p, q


@register_jitable
def _phase(p):
    return Phase(
        p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11], p[12], p[13]
    )


@compiled
def _lines(t, x, images, lines, pack, window, phases, terms, y, image, strides, outputs, s, edge):
    """Pieces of lines. ``window``: taps are packed, and ``phases`` has one of 1x1; kh = 0: not."""
    configure(t)
    plane = pack.plane // 2
    l1 = lines[0] + lines[2]
    for n in range(images[0], images[1]):
        if window[0]:
            pack_windows(x, n, lines[0], lines[1], pack.columns, window, pack.cp, plane, s)
        else:
            c1 = pack.c0 + pack.columns
            pack_lines(x, n, pack.l0, pack.l0 + lines[2], pack.c0, c1, pack.cp, plane, s)
        for p in range(len(phases)):
            phase = _phase(phases[p])
            base, last = n * image + phase.offset, min(lines[1], phase.oh)
            multiply_lines(
                t, s.ctypes.data, pack, phase, lines[0], last, terms,
                y, base, strides, outputs, edge,
            )  # fmt: skip
    release(t)


@compiled
def _images(
    t, x, images, lines, pack, window, phases, terms, y, image, strides, outputs, s, out, nothing
):
    """Pieces of images, as ``_lines``."""
    configure(t)
    plane, (first, count) = pack.plane // 2, images
    if window[0]:
        pack_windows_of_images(
            x, first, count, pack.rows, lines[0], lines[1], pack.width, window, pack.cp, plane, s
        )
    else:
        pack_images(x, first, count, pack.rows, pack.l0, pack.l0 + lines[2], pack.cp, plane, s)
    for p in range(len(phases)):
        phase = _phase(phases[p])
        base, last = first * image + phase.offset, min(lines[1], phase.oh)
        multiply_images(
            t, s.ctypes.data, pack, phase, lines[0], last, terms,
            y, base, (image, *strides), count, outputs, out, nothing.ctypes.data,
        )  # fmt: skip
    release(t)


def convolve(x: Array, parts: Sequence[Part], y: Array, step: Pair, terms: int) -> None:
    """Fill y (N, …, …, O) by the ``parts``, whose pixels lie ``step`` apart."""
    if not y.size:
        return
    source, outputs = packing.bits(x), y.shape[3]
    n, height, width, channels = x.shape
    make = registers.maker()
    window = Window(0, 0, 1, 1, 0, 0, 1, 1)
    if len(parts) == 1 and channels <= FEW and parts[0].window[:2] != (1, 1):
        ((window, w, size, first),) = parts
        parts = [Part(Window(1, 1, 1, 1, 0, 0, 1, 1), w.reshape(1, 1, -1, outputs), size, first)]
        height, width = size
        channels = parts[0].w.shape[2]
    cp = padded(channels)
    weights = [_packed(part.w, cp, terms) for part in parts]
    line, pixel = y.shape[2] * outputs, outputs
    phases = [
        Phase(
            *part.window, *part.size, part.first[0] * line + part.first[1] * pixel,
            packed.panels.ctypes.data, packed.plane, int(not packed.finite),
        )
        for part, packed in zip(parts, weights, strict=True)
    ]  # fmt: skip
    table = np.array(phases, np.int64)
    flat, image = y.reshape(-1), y.shape[1] * line
    strides = step[0] * line, step[1] * pixel
    oh, ow = (max(part.size[axis] for part in parts) for axis in (0, 1))
    before, after = _reach(phases)
    sh, sw = parts[0].window[2:4]
    by_lines = n < 16 or ow / padded(ow, 16) >= FULL
    rows = 1 if by_lines else (16 if n <= 16 else 32)
    columns = (padded(ow, 16) - 1) * sw + before[1] + after[1] + 1 if by_lines else width
    bytes_of_line = packing.planes(terms) * columns * rows * cp * 2
    strip = max(1, (S // bytes_of_line - before[0] - after[0] - 1) // sh + 1)
    strip = -(-oh // -(-oh // strip))  # the same for all strips, nearly
    operations = 2 * y.size // n * channels * sum(p.kh * p.kw for p in phases) // len(phases)
    strips = -(-oh // strip)
    group = max(1, WORK * strips // max(1, operations)) if by_lines else rows
    pieces = [(m, i) for m in range(0, n, group) for i in range(0, oh, strip)]

    def work(piece: int) -> None:
        m, i = pieces[piece]
        last = min(oh, i + strip)
        l0 = i * sh - before[0]
        l1 = (last - 1) * sh + after[0] + 1
        if not by_lines:
            l0, l1 = max(0, l0), min(height, l1)
        plane = (l1 - l0) * columns * rows * cp * 2 if terms > 1 else 0
        pack = Pack(l0, -before[1], height, width, columns, rows, cp, plane)
        s = packing.scratch("s", packing.planes(terms) * (l1 - l0) * columns * rows * cp * 2)
        count = min(group, n - m)
        common = pack, window, table, terms, flat, image, strides, outputs, s.view(np.uint16)
        lines = i, last, l1 - l0
        if by_lines:
            _lines(make(), source, (m, m + count), lines, *common, packing.scratch("edge", 4096))
        else:
            out = packing.scratch("out", rows * ((last - i) * ow | 1) * 128)
            zeros = workers.zeros(cp)
            _images(make(), source, (m, count), lines, *common, out, zeros)

    workers.share(work, len(pieces))


def _reach(phases: Sequence[Phase]) -> tuple[Pair, Pair]:
    """Lines and columns that windows see before and after the pixel where they stand."""
    used = [p for p in phases if p.kh and p.kw] or [Phase(1, 1, 1, 1, *[0] * 10)]
    before = max(p.top for p in used), max(p.left for p in used)
    after = max((p.kh - 1) * p.dh - p.top for p in used), max((p.kw - 1) * p.dw - p.left for p in used)
    return before, after


class _Packed(NamedTuple):
    panels: Array
    plane: int  # bytes
    finite: bool


def _packed(w: Array, cp: int, terms: int) -> _Packed:
    """w (kh, kw, C, O), any strides, as panels of 16 outputs; see ``packing.pack_weights``."""
    kh, kw, channels, outputs = w.shape
    bits, count = w.view(np.uint32), padded(outputs) // 16
    size = kh * kw * (cp // 2) * 16  # dwords of a panel
    plane = count * size if terms > 1 else 0
    panels = packing.aligned(4 * packing.planes(terms) * count * size).view(np.uint32)
    finite = [True] * count

    def work(o: int) -> None:
        finite[o] = packing.pack_weights(bits, o, cp, plane, panels[o * size :])

    workers.share(work, count if size * count > 1 << 16 else 0)
    if size * count <= 1 << 16:
        for o in range(count):
            work(o)
    return _Packed(panels, 4 * plane, all(finite))
