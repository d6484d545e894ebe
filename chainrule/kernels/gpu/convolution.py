"""Convolutions on tensor cores, from float32 arrays to float32 arrays: what ``conv`` calls.

``planes`` is 1 for factors in bfloat16 and 2 for three products of their halves.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...types import Array
from ..geometry import Padding, Pair, output_sizes
from . import cubins, tiling
from .arrays import empty
from .cubins import Variant
from .launch import elements
from .operands import Split, filled, images, weights
from .tiling import Tiling


class Geometry(NamedTuple):
    """Shapes and options of one convolution, without groups."""

    x: tuple[int, ...]
    w: tuple[int, ...]
    stride: Pair
    padding: Padding
    dilation: Pair

    @property
    def corner(self) -> Pair:
        """Rows and columns of padding before the image."""
        return self.padding[0][0], self.padding[1][0]

    @property
    def size(self) -> Pair:
        """Rows and columns of the result."""
        size, kernel = (self.x[1], self.x[2]), (self.w[0], self.w[1])
        return output_sizes(size, kernel, self.stride, self.padding, self.dilation)

    @property
    def phase(self) -> Pair:
        """Rows and columns that a phase of the padded image needs."""
        height, width = (
            last + (k - 1) * d // s
            for last, k, d, s in zip(self.size, self.w[:2], self.dilation, self.stride, strict=True)
        )
        return height, width

    def words(self) -> tuple[int, ...]:
        """What functions of ``repair.cu`` are told."""
        kh, kw, _, outputs = self.w
        sizes = *self.x[1:], *self.size, outputs, kh, kw
        return *sizes, *self.stride, *self.corner, *self.dilation


def variants(g: Geometry, planes: int) -> dict[str, Variant]:
    """The kernels that "forward", "input" and "weight" use."""
    n, (oh, ow), (c, o) = g.x[0], g.size, g.w[2:]
    ending = "" if planes == 1 else "_split"
    h, w = (-(-size // s) for size, s in zip(g.x[1:3], g.stride, strict=True))  # of a phase of dx
    return {
        "forward": Variant(f"convolve{ending}", tiling.forward(n, oh, ow, c, o)),
        "input": Variant(f"convolve{ending}", tiling.forward(n, h, w, o, c)),
        "weight": Variant(f"weight_gradient{ending}", tiling.gradient(n, oh, ow, c, o)),
    }


def forward(kernel: Any, tiles: Tiling, g: Geometry, x: Array, w: Array, planes: int) -> Array:
    """y (N, OH, OW, O)"""
    kh, kw, _, outputs = g.w
    y = empty((g.x[0], *g.size, outputs))
    left = images(x, planes, stride=g.stride, corner=g.corner, size=g.phase)
    right = weights(w, planes, range(kh), range(kw))
    _convolve(kernel, tiles, left, right, y, kw, g.stride, g.dilation)
    if planes > 1:
        elements("repair", "repair_forward", y.size, x, w, y, y.size, *g.words())
    return y


class Taps(NamedTuple):
    """Of one axis: the taps that a phase of dx meets, the first of them ``before`` pixels ahead of
    it in dy, each next one ``apart``."""

    taps: range
    before: int
    apart: int


def taps(kernel: int, place: int, stride: int, dilation: int) -> Taps:
    """The taps a, the last first, for which place - a · dilation is a multiple of the stride.

    Pixel q + s m of dx meets in tap a the window m + (q + top - a d) / s, ``place`` being q + top.

    >>> taps(3, 2, 2, 1)
    Taps(taps=range(2, -1, -2), before=0, apart=1)
    """
    found = [a for a in reversed(range(kernel)) if (place - a * dilation) % stride == 0]
    if not found:
        return Taps(range(0), 0, 1)
    step = found[0] - found[1] if len(found) > 1 else 1
    before = -((place - found[0] * dilation) // stride)
    return Taps(range(found[0], found[-1] - 1, -step), before, step * dilation // stride or 1)


def input_gradient(
    kernel: Any, tiles: Tiling, g: Geometry, dy: Array, w: Array, planes: int
) -> Array:
    """dx (N, H, W, C): pixels that lie ``stride`` apart meet the same taps, a convolution for each
    phase of dx, all of them of the same padded dy."""
    _, h, width, _ = g.x
    (sh, sw), (top, left) = g.stride, g.corner
    down = [taps(g.w[0], q + top, sh, g.dilation[0]) for q in range(min(sh, h))]
    across = [taps(g.w[1], r + left, sw, g.dilation[1]) for r in range(min(sw, width))]
    above, height = _room(down, h, sh)
    ahead, breadth = _room(across, width, sw)
    padded = images(dy, planes, corner=(above, ahead), size=(height, breadth))
    dx = empty(g.x)
    for q, rows in enumerate(down):
        for r, columns in enumerate(across):
            part = dx[:, q::sh, r::sw]
            if not (rows.taps and columns.taps):
                part[...] = 0
                continue
            seen = padded.at(
                (slice(None), slice(None), slice(above - rows.before, None),
                 slice(ahead - columns.before, None))
            )  # fmt: skip
            right = weights(w, planes, rows.taps, columns.taps, exchanged=True)
            apart = rows.apart, columns.apart
            _convolve(kernel, tiles, seen, right, part, len(columns.taps), (1, 1), apart)
    if planes > 1:
        elements("repair", "repair_input", dx.size, dy, w, dx, dx.size, *g.words())
    return dx


def _room(phases: list[Taps], size: int, stride: int) -> Pair:
    """How many pixels of padding come before dy, and how many there are with those behind it."""
    above = max((each.before for each in phases), default=0)
    needed = [
        above - each.before + -(-(size - q) // stride) + (len(each.taps) - 1) * each.apart
        for q, each in enumerate(phases)
        if each.taps
    ]
    return above, max(needed, default=1)


def _convolve(
    kernel: Any, tiles: Tiling, x: Split, w: Split, y: Array, kw: int, stride: Pair, dilation: Pair
) -> None:
    n, oh, ow, outputs = y.shape
    grid = tiling.boxes(tiles, n, oh, ow), -(-outputs // tiles.outputs)
    words = len(w.high), kw, *stride, *dilation
    cubins.run(kernel, grid, (*x.parts(), *w.parts(), y, *words))


def weight_gradient(
    kernel: Any, tiles: Tiling, g: Geometry, dy: Array, x: Array, planes: int
) -> Array:
    """dw (kh, kw, C, O), from partial sums that are added in one order, whatever runs first."""
    (n, oh, ow, outputs), (kh, kw, channels, _) = dy.shape, g.w
    left = images(x, planes, stride=g.stride, corner=g.corner, size=g.phase)
    right = images(dy, planes).at((0,))
    every = tiling.boxes(tiles, n, oh, ow)
    across = kh * kw * -(-left.high.shape[4] // tiles.channels), -(-outputs // tiles.outputs)
    boxes = tiling.boxes_a_part(every, across[0] * across[1])
    count = -(-every // boxes)
    parts = empty((count, kh * kw, channels, filled(outputs)))
    words = kw, *g.stride, *g.dilation, boxes
    cubins.run(kernel, (*across, count), (*left.parts(), *right.parts(), parts, *words))
    dw = empty(g.w)
    elements(
        "operands", "join", dw.size, parts, count, parts.size // count, dw.size, channels, outputs,
        channels, filled(outputs), dw,
    )  # fmt: skip
    elements(
        "repair", "repair_weights", dw.size, x, dy, dw, dw.size, n, *g.x[1:], oh, ow, outputs, kw,
        *g.stride, *g.corner, *g.dilation, planes == 1,
    )  # fmt: skip
    return dw
