"""The two views that convolution and pooling are made of: a padded image, and its windows."""

from __future__ import annotations

from typing import Any

from ...arrays import namespace
from ...types import Array
from ..geometry import Padding, Pair, dilated_extent


def pad(x: Array, padding: Padding, value: float = 0) -> Array:
    """x (N, H, W, C) with a padding of ``value`` around its pixels."""
    xp = namespace(x)
    return xp.pad(x, ((0, 0), *padding, (0, 0)), constant_values=x.dtype.type(value))


def crop(x: Array, padding: Padding) -> Array:
    """x (N, H, W, C) without its padding: undoes ``pad``."""
    (top, bottom), (left, right) = padding
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def windows(x: Array, kernel: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Array:
    """Every window of x (N, H, W, C) as a view (N, OH, OW, C, kh, kw): no number is copied.

    windows[n, i, j, c, a, b] = x[n, i · stride + a · dilation, j · stride + b · dilation, c]
    """
    xp = namespace(x)
    (kh, kw), (sh, sw), (dh, dw) = kernel, stride, dilation
    extent = (dilated_extent(kh, dh), dilated_extent(kw, dw))
    view: Any = xp.lib.stride_tricks.sliding_window_view(x, extent, axis=(1, 2))
    return view[:, ::sh, ::sw, :, ::dh, ::dw]  # type: ignore[no-any-return]


def spread(x: Array, size: Pair, offset: Pair, stride: Pair) -> Array:
    """Zeros (N, *size, C) with the pixels of ``x`` from ``offset`` on, ``stride`` apart."""
    xp = namespace(x)
    n, h, w, c = x.shape
    (top, left), (sh, sw) = offset, stride
    y = xp.zeros_like(x, shape=(n, *size, c))
    y[:, top : top + h * sh : sh, left : left + w * sw : sw] = x
    return y
