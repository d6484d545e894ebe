"""Sizes and layouts that the convolution and pooling kernels share.

Vertical comes first: a pair is (rows, columns), a padding ((top, bottom), (left, right)).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..types import Array

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]
Spans = Sequence[tuple[int, int, int]]  # (start, stop, count) of each window along one axis


class Window(NamedTuple):
    """Output (i, j) sees, as tap (a, b), pixel (i sh - top + a dh, j sw - left + b dw)."""

    kh: int
    kw: int
    sh: int
    sw: int
    top: int
    left: int
    dh: int
    dw: int


def window(kernel: Pair, stride: Pair, padding: Padding, dilation: Pair = (1, 1)) -> Window:
    """Kernel size, stride, padding before the image and dilation, as compiled loops take them."""
    return Window(*kernel, *stride, padding[0][0], padding[1][0], *dilation)


def dilated_extent(kernel: int, dilation: int) -> int:
    """The pixels that a dilated kernel spans: dilation · (kernel - 1) + 1."""
    return dilation * (kernel - 1) + 1


def output_size(size: int, kernel: int, stride: int, padding: Pair, dilation: int = 1) -> int:
    """⌊(size + before + after - dilation · (kernel - 1) - 1) / stride⌋ + 1 windows fit."""
    return (size + sum(padding) - dilated_extent(kernel, dilation)) // stride + 1


def output_sizes(
    size: Pair, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair = (1, 1)
) -> Pair:
    """``output_size`` of the rows and of the columns."""
    (h, w), (kh, kw), (sh, sw), (dh, dw) = size, kernel, stride, dilation
    return output_size(h, kh, sh, padding[0], dh), output_size(w, kw, sw, padding[1], dw)


def is_depthwise(kernel: tuple[int, ...], groups: int) -> bool:
    """Whether each channel is convolved by itself: w (kh, kw, C/G, O) with G = C = O. Such a
    convolution is bound by memory, so its factors are float32 in every precision."""
    return groups > 1 and kernel[2:] == (1, groups)


def exchange(w: Array, groups: int) -> Array:
    """The weight with inputs and outputs exchanged: (kh, kw, I/G, O) -> (kh, kw, O/G, I).

    The I/G inputs of a group stay with its O/G outputs. Exchanging twice gives ``w`` again.
    """
    kh, kw, i, o = w.shape
    by_group = w.reshape(kh, kw, i, groups, o // groups)
    return by_group.swapaxes(2, 4).reshape(kh, kw, o // groups, groups * i)
