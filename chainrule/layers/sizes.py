"""The rules that sizes of windows obey, and the words in which a broken one is reported."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from ..errors import InputError, ShapeError
from ..kernels.geometry import Padding, Pair, dilated_extent
from ..types import Array
from .base import expect_native


def extent(name: str, value: Any, least: int = 1) -> int | Pair:
    """A whole number for rows and columns, or a pair where they differ. InputError otherwise."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    whole = all(isinstance(v, Integral) and not isinstance(v, bool) for v in values)
    if len(values) != 2 or not whole or min(values) < least:
        raise InputError(
            f"{name}: expected a whole number of at least {least} or a pair (rows, columns) of "
            f"them, received {value!r}"
        )
    rows, columns = map(int, values)
    return rows if rows == columns else (rows, columns)


def pair(extent: int | Pair) -> Pair:
    """(rows, columns)"""
    return (extent, extent) if isinstance(extent, int) else extent


def both_sides(padding: int | Pair) -> Padding:
    """Padding as ((top, bottom), (left, right)), as the kernels have it."""
    rows, columns = pair(padding)
    return (rows, rows), (columns, columns)


def expect_images(x: Array) -> None:
    """ShapeError unless x is floating-point (N, H, W, C) of at least one pixel."""
    if x.ndim != 4 or min(x.shape[1:]) < 1:
        raise ShapeError(f"expected an input of shape (N, H, W, C), received {x.shape}")
    if not np.issubdtype(x.dtype, np.floating):
        raise ShapeError(
            f"expected floating-point input, received {x.dtype}; "
            "start a model with Normalize() to feed it uint8 images"
        )
    expect_native(x)


def expect_windows(
    x: Array,
    kernel: int | Pair,
    padding: Padding,
    dilation: int | Pair = 1,
    slack: Pair = (0, 0),
) -> None:
    """ShapeError unless one window fits into the padded images of x (N, H, W, C).

    ``slack`` is by how much a window may stick out (ceil mode).
    """
    least = [
        max(1, dilated_extent(k, d) - sum(p) - out)
        for k, d, p, out in zip(pair(kernel), pair(dilation), padding, slack, strict=True)
    ]
    if x.shape[1] < least[0] or x.shape[2] < least[1]:
        dilated = f" with dilation {dilation}" if dilation != 1 else ""
        raise ShapeError(
            f"a kernel of size {kernel}{dilated} and padding {padding} needs images of "
            f"{least[0]}x{least[1]} pixels or more, received {x.shape}"
        )
