"""Reflect padding: the padding mirrors the pixels inside, the outermost row itself not repeated.

d c b | a b c d | c b a
"""

from __future__ import annotations

from ...arrays import namespace
from ...types import Array
from ..geometry import Padding, Pair

__all__ = ["reflect_pad", "reflect_pad_backward"]


def reflect_pad(x: Array, padding: Padding) -> Array:
    """x (N, H, W, C) with a mirrored padding, narrower than the image."""
    xp = namespace(x)
    return xp.pad(x, ((0, 0), *padding, (0, 0)), mode="reflect")


def reflect_pad_backward(dy: Array, padding: Padding) -> Array:
    """A pixel that was shown twice receives both gradients: the padding is folded back inside."""
    return _fold(_fold(dy, 1, padding[0]), 2, padding[1])


def _fold(dy: Array, axis: int, padding: Pair) -> Array:
    xp = namespace(dy)
    before, after = padding
    dy = xp.moveaxis(dy, axis, 0)
    end = len(dy) - after
    dx = dy[before:end].copy()
    size = len(dx)
    dx[1 : before + 1] += dy[:before][::-1]
    dx[size - 1 - after : size - 1] += dy[end:][::-1]
    return xp.moveaxis(dx, 0, axis)
