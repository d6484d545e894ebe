"""Pooling, a thread for each number of the result."""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..geometry import Padding, Pair, Spans, output_sizes
from ..reference import pool as reference
from .arrays import empty, float32, laid_out, placed
from .launch import elements

__all__ = ["average_pool", "average_pool_backward", "max_pool", "max_pool_backward"]


def max_pool(x: Array, kernel: Pair, stride: Pair, padding: Padding) -> tuple[Array, Array]:
    if not float32(x):
        return reference.max_pool(x, kernel, stride, padding)
    n, h, w, c = x.shape
    size = output_sizes((h, w), kernel, stride, padding)
    place = reference.argmax_dtype(kernel)
    y, argmax = empty((n, *size, c)), empty((n, *size, c), place)
    elements(
        "pool", _of(place, "max_pool"), y.size, laid_out(x), y.size, h, w, c, *size, *kernel,
        *stride, padding[0][0], padding[1][0], y, argmax,
    )  # fmt: skip
    return y, argmax


def max_pool_backward(
    dy: Array, argmax: Array, size: Pair, kernel: Pair, stride: Pair, padding: Padding
) -> Array:
    place = reference.argmax_dtype(kernel)
    if not (float32(dy) and argmax.dtype == place):
        return reference.max_pool_backward(dy, argmax, size, kernel, stride, padding)
    n, oh, ow, c = dy.shape
    dx = empty((n, *size, c))
    elements(
        "pool", _of(place, "max_pool_backward"), dx.size, laid_out(dy), laid_out(argmax), dx.size,
        *size, c, oh, ow, *kernel, *stride, padding[0][0], padding[1][0], dx,
    )  # fmt: skip
    return dx


def _of(place: type[np.unsignedinteger], name: str) -> str:
    return name if place is np.uint8 else f"{name}_large"


def average_pool(x: Array, rows: Spans, columns: Spans) -> Array:
    if not float32(x):
        return reference.average_pool(x, rows, columns)
    n, h, w, c = x.shape
    y = empty((n, len(rows), len(columns), c))
    elements(
        "pool", "average_pool", y.size, laid_out(x), y.size, h, w, c, len(rows), len(columns),
        _table(rows), _table(columns), y,
    )  # fmt: skip
    return y


def average_pool_backward(dy: Array, rows: Spans, columns: Spans, size: Pair) -> Array:
    if not float32(dy):
        return reference.average_pool_backward(dy, rows, columns, size)
    n, oh, ow, c = dy.shape
    dx = empty((n, *size, c))
    elements(
        "pool", "average_pool_backward", dx.size, laid_out(dy), dx.size, *size, c, oh, ow,
        _table(rows), _table(columns), dx,
    )  # fmt: skip
    return dx


def _table(spans: Spans) -> Array:
    return placed(np.array(spans, np.int32), np.int32)
