"""Factors in bfloat16 as the tensor cores read them: bits in uint16, CuPy having no such dtype."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...types import Array
from ..geometry import Pair
from .arrays import empty
from .launch import elements

EIGHT = 8  # numbers of 2 bytes: the copy engine wants every row to begin at 16 bytes


class Split(NamedTuple):
    """x rounded to bfloat16, and for three products what rounding took away."""

    high: Array
    low: Array | None

    def parts(self) -> tuple[Array, ...]:
        """Both, or the first alone."""
        return (self.high,) if self.low is None else (self.high, self.low)

    def at(self, place: tuple[Any, ...]) -> Split:
        """A view of both."""
        return Split(self.high[place], None if self.low is None else self.low[place])


def room(shape: tuple[int, ...], planes: int) -> Split:
    """A place for numbers of this shape that are still to be written."""
    low = empty(shape, np.uint16) if planes > 1 else None
    return Split(empty(shape, np.uint16), low)


def split(x: Array, planes: int) -> Split:
    """Contiguous x of any shape."""
    y = room(x.shape, planes)
    elements("operands", "split", x.size, x, x.size, *y)
    return y


def images(
    x: Array, planes: int, *, stride: Pair = (1, 1), corner: Pair = (0, 0), size: Pair | None = None
) -> Split:
    """Contiguous x (N, H, W, C) as (phases of the stride, N, height, width, channels).

    ``corner`` rows and columns of zeros come before the image (or, below 0, are cut off); ``size``
    is that of a phase, with zeros behind the image. Channels are filled up to a multiple of 8.
    """
    n, h, w, c = x.shape
    height, width = size or (h, w)
    y = room((stride[0] * stride[1], n, height, width, filled(c)), planes)
    threads = y.high.size // EIGHT
    elements(
        "operands", "split_images", threads, x, n, h, w, c, *stride, *corner, height, width,
        filled(c), *y,
    )  # fmt: skip
    return y


def weights(
    w: Array, planes: int, rows: range, columns: range, *, exchanged: bool = False
) -> Split:
    """The taps of these rows and columns of contiguous w (kh, kw, I, O), as (taps, I, O), the last
    filled up to a multiple of 8. ``exchanged`` makes it (taps, O, I)."""
    _, kw, inputs, outputs = w.shape
    lines, used = (outputs, inputs) if exchanged else (inputs, outputs)
    y = room((len(rows) * len(columns), lines, filled(used)), planes)
    elements(
        "operands", "split_weights", y.high.size, w, kw, inputs, outputs, rows.start, rows.step,
        columns.start, columns.step, len(columns), exchanged, y.high.size, lines, filled(used),
        used, *y,
    )  # fmt: skip
    return y


def filled(count: int) -> int:
    """The next multiple of 8.

    >>> filled(3), filled(64)
    (8, 64)
    """
    return -(-count // EIGHT) * EIGHT
