"""In which number format large products are computed: a choice of the caller, not of a layer.

float32         products and sums in float32
bfloat16        factors rounded to bfloat16 (8 bits of mantissa), sums in float32
bf16x3          each float32 factor as the sum of two bfloat16 numbers, three products of four
float32-strict  float32, never replaced by bf16x3 where that is faster and as exact
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Precision = Literal["float32", "bfloat16", "bf16x3", "float32-strict"]

_current: ContextVar[Precision] = ContextVar("precision", default="float32")


def current() -> Precision:
    """The precision of this thread's products. Work that is handed to other threads asks before."""
    return _current.get()


@contextmanager
def using(precision: Precision) -> Iterator[None]:
    """Inside, products of matrices and convolutions of float32 arrays have this precision."""
    token = _current.set(precision)
    try:
        yield
    finally:
        _current.reset(token)
