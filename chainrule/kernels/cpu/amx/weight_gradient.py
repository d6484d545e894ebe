"""The gradient by the weights on tiles: a sum over images, 32 at a time.

    dw[a, b, c, o] = Σ_{i, j} Σ_n x[n, i s - top + a d, j s - left + b d, c] dy[n, i, j, o]

The inner sum is a product of two small matrices at each pixel, (C, images) times (images, O); see
``pairs``. So a tap is an offset of the address, for any stride and dilation, and images of any
size fill the tiles. ``weight_sums`` has the loops.

A piece is a range of images, of lines, of channels and of outputs, packed so many at a time that
they fit a core's cache. A small dw is summed in pieces of images and lines, which are added in
order; a large one in pieces of channels and outputs, so that few sums of its size are written.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ....types import Array
from ...geometry import Pair, Window
from .. import workers, workspace
from . import packing, registers
from .packing import padded
from .weight_sums import Job, sum_piece

IMAGES = 32
SPARE = 32  # numbers, to begin at a cache line
FEW = 16  # channels up to which whole windows are gathered, instead of channels padded to 32
RING = 1 << 20  # bytes of packed lines that a thread holds
LARGE = 1 << 18  # numbers of dw from which pieces are of channels
CHANNELS, OUTPUTS = 128, 256  # of such a piece
HELD = 3 << 19  # bytes of packed images that a thread holds then
PIECES, SUMS = 16, 1 << 20  # pieces of a small dw, and their numbers
FEWEST = 8  # pieces of a large one: its images are parted only where its channels make fewer


class _Cut(NamedTuple):
    """How the work is cut: so many images, lines, channels and outputs in a piece.

    ``held`` images, ``chunk`` lines of dy and ``slots`` of x are packed at a time. All are given by
    shapes.
    """

    images: int
    held: int
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
        size, ranges = slots * x_line + chunk * dy_line, -(-kp // channels) * -(-op // outputs)
        held = IMAGES * (max(1, HELD // size) if chunk == oh else 1)
        images = padded(-(-n // max(1, FEWEST // ranges)), held)
        return _Cut(images, held, oh, channels, outputs, chunk, slots)
    images = IMAGES * -(-groups // PIECES)
    pieces = min(PIECES, max(groups, SUMS // (taps * kp * op)))
    strips = min(-(-oh // chunk), max(1, pieces // groups))
    lines_of = padded(-(-oh // strips), chunk)
    return _Cut(images, IMAGES, lines_of, channels, outputs, chunk, slots)


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
        groups = -(-min(images, cut.held) // IMAGES)
        job = Job(
            m, images, cut.held, i, min(oh, i + cut.lines), cut.chunk, terms, cut.slots,
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
        sum_piece(make(), source, slopes, np.array(job, np.int64), windows, gathered, *held, target)

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
