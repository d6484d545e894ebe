"""Which boxes a convolution is cut into: what of a kernel in ``tiles`` is fixed when compiled."""

from __future__ import annotations

from typing import NamedTuple

BOXES = ((1, 4, 32), (1, 8, 16), (1, 16, 8), (2, 8, 8), (8, 4, 4), (32, 2, 2), (128, 1, 1))
"""Boxes of 128 pixels (images, rows, columns): two halves of 64 for Hopper's tensor cores."""

LEAST, WIDEST, DEEPEST = 16, 128, 64
PROCESSORS = 132  # of an H100; the sums of a weight gradient are cut to keep them busy
FEW = 4  # boxes below which a block is not worth its start


class Tiling(NamedTuple):
    """A box of pixels, how many outputs it makes, and how many channels at a time."""

    images: int
    rows: int
    columns: int
    outputs: int
    channels: int


def forward(n: int, oh: int, ow: int, channels: int, outputs: int) -> Tiling:
    """For y (N, OH, OW, O) from so many channels."""
    return Tiling(*_box(n, oh, ow), _power(outputs, WIDEST), _power(channels, DEEPEST))


def gradient(n: int, oh: int, ow: int, channels: int, outputs: int) -> Tiling:
    """For the weight gradient of the same: here channels are rows of the result."""
    return Tiling(*_box(n, oh, ow), _power(outputs, WIDEST), _power(channels, WIDEST))


def boxes(tiling: Tiling, n: int, oh: int, ow: int) -> int:
    """How many boxes the pixels are cut into.

    >>> boxes(Tiling(1, 4, 32, 64, 64), 128, 32, 32)
    1024
    """
    return -(-n // tiling.images) * -(-oh // tiling.rows) * -(-ow // tiling.columns)


def boxes_a_part(every: int, tiles: int) -> int:
    """How many boxes one block of a weight gradient adds up, where ``tiles`` blocks make a part.

    Two blocks for each processor, if that leaves each a few boxes.
    """
    parts = max(1, min(-(-2 * PROCESSORS // tiles), every // FEW))
    return -(-every // parts)


def _box(n: int, oh: int, ow: int) -> tuple[int, int, int]:
    """The box that computes the fewest pixels that nobody asked for; of equal ones the first."""

    def computed(box: tuple[int, int, int]) -> int:
        total = 1
        for size, part in zip((n, oh, ow), box, strict=True):
            total *= -(-size // part) * part
        return total

    return min(BOXES, key=computed)


def _power(count: int, most: int) -> int:
    """The next power of two, within what the kernels are compiled for.

    >>> _power(48, 128), _power(3, 64), _power(512, 128)
    (64, 16, 128)
    """
    return min(most, max(LEAST, 1 << (count - 1).bit_length()))
