"""Dropout: hash, compare and scale in one pass; the masks are those of every back end."""

from __future__ import annotations

from typing import NamedTuple

from ...types import Array, Shape
from ..reference import dropout as reference
from .arrays import empty, float32, laid_out
from .launch import elements

__all__ = ["dropout"]


class Mask(NamedTuple):
    """What is kept and by how much it is scaled: element i where its bits, those of index
    ``first`` + i, reach ``threshold``."""

    low: int
    high: int
    first: int
    threshold: int
    keep: float


def mask_of(rate: float, key: int, shape: Shape) -> Mask:
    """The mask of an array of this shape.

    >>> mask_of(0.5, 3, (2, 2))
    Mask(low=3, high=0, first=0, threshold=2147483648, keep=2.0)
    """
    low, high, first = map(int, reference.keys(key, shape))
    return Mask(low, high, first, int(rate * 2**32), 1 / (1 - rate))


def dropout(x: Array, rate: float, key: int) -> Array:
    if not float32(x):
        return reference.dropout(x, rate, key)
    y = empty(x.shape)
    mask = mask_of(rate, key, x.shape)
    elements("elementwise", "dropout", x.size, laid_out(x), x.size, *mask, y)
    return y
