"""What a bias gathers, in double precision."""

from __future__ import annotations

from ...types import Array
from ..reference import sums as reference
from . import columns
from .arrays import empty, float32, laid_out

__all__ = ["column_sums"]


def column_sums(x: Array) -> Array:
    if not (float32(x) and x.size):
        return reference.column_sums(x)
    shape, y = columns.cut(*x.shape), empty((x.shape[1],))
    ones, twos = shape.sums()
    shape.run("column_sums", laid_out(x), shape, ones, twos)
    shape.finish("column_totals", ones, shape.blocks, x.shape[1], y)
    return y
