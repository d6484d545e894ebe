"""Pooling: the largest or the mean value of each window, channel by channel.

A mean over a window is a mean along columns of means along rows. So an average pool is given by
the spans (start, stop, count) of its rows and of its columns: add the pixels [start, stop), divide
by ``count``. That serves padding counted or not, adaptive and global pooling alike.
"""

from __future__ import annotations

import numpy as np

from ...arrays import namespace
from ...sums import wide
from ...types import Array
from ..geometry import Padding, Pair, Spans
from .windows import crop, pad, windows

__all__ = ["average_pool", "average_pool_backward", "max_pool", "max_pool_backward"]


def max_pool(x: Array, kernel: Pair, stride: Pair, padding: Padding) -> tuple[Array, Array]:
    """y[n, i, j, c] = max of the window, and which of its kh · kw pixels won, in row-major order.

    Of equal pixels the first wins. NaN is larger than every number: it is passed on. The
    padding is -inf.
    """
    xp = namespace(x)
    views = windows(pad(x, padding, -np.inf), kernel, stride)
    candidates = views.reshape(*views.shape[:4], kernel[0] * kernel[1])
    argmax = candidates.argmax(axis=-1)
    y = xp.take_along_axis(candidates, argmax[..., None], axis=-1)[..., 0]
    return y, argmax.astype(argmax_dtype(kernel))


def max_pool_backward(
    dy: Array, argmax: Array, size: Pair, kernel: Pair, stride: Pair, padding: Padding
) -> Array:
    """dx of an image of ``size`` (H, W): each window's gradient goes to its winner.

    A pixel that won in several windows receives the sum.
    """
    xp = namespace(dy)
    n, oh, ow, c = dy.shape
    (top, bottom), (left, right) = padding
    dx = xp.zeros_like(dy, shape=(n, size[0] + top + bottom, size[1] + left + right, c))
    for tap, (a, b) in enumerate(np.ndindex(*kernel)):
        rows = slice(a, a + oh * stride[0], stride[0])
        columns = slice(b, b + ow * stride[1], stride[1])
        dx[:, rows, columns] += xp.where(argmax == tap, dy, 0)
    return crop(dx, padding)


def argmax_dtype(kernel: Pair) -> type[np.unsignedinteger]:
    """One byte a window is enough for kernels up to 16x16."""
    return np.uint8 if kernel[0] * kernel[1] <= 256 else np.uint32


def average_pool(x: Array, rows: Spans, columns: Spans) -> Array:
    """y[n, i, j, c] = Σ x[n, rows i, columns j, c] / (count of rows · count of columns)"""
    xp = namespace(x)
    by_row = [x[:, a:b].sum(axis=1, dtype=wide(x.dtype)) / count for a, b, count in rows]
    means = xp.stack(by_row, axis=1)
    by_column = [means[:, :, a:b].sum(axis=2) / count for a, b, count in columns]
    return xp.stack(by_column, axis=2).astype(x.dtype, copy=False)


def average_pool_backward(dy: Array, rows: Spans, columns: Spans, size: Pair) -> Array:
    """dx of an image of ``size`` (H, W): each pixel of a window receives its equal share."""
    xp = namespace(dy)
    n, oh, _, c = dy.shape
    spread = xp.zeros_like(dy, shape=(n, oh, size[1], c))
    for j, (a, b, count) in enumerate(columns):
        spread[:, :, a:b] += dy[:, :, j : j + 1] / count
    dx = xp.zeros_like(dy, shape=(n, *size, c))
    for i, (a, b, count) in enumerate(rows):
        dx[:, a:b] += spread[:, i : i + 1] / count
    return dx
