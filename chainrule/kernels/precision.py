"""In which number format large products are computed: a choice of the caller, not of a layer.

float32         products and sums in float32
bfloat16        factors rounded to bfloat16 (8 bits of mantissa), sums in float32
bf16x3          each float32 factor as the sum of two bfloat16 numbers, three products of four
float32-strict  float32, never replaced by bf16x3 where that is faster and as exact

Products are those of linear layers and convolutions, with both of their gradients, in float32.
Weights, norms, losses and updates are float32 in all of them, and what is in float64 stays so.

>>> import numpy as np
>>> from chainrule import kernels
>>> a, b = np.full((1, 1), 1.001, np.float32), np.ones((1, 1), np.float32)
>>> with using("bfloat16"):
...     kernels.of(a).matmul(a, b).item()
1.0
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, Literal, get_args

from ..errors import InputError, did_you_mean
from ..printable import received
from ..public import publish

Precision = Literal["float32", "bfloat16", "bf16x3", "float32-strict"]

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
"""The names of all precisions."""

_current: ContextVar[Precision] = ContextVar("precision", default="float32")


def current() -> Precision:
    """The precision of this thread's products. Work that is handed to other threads asks before.

    >>> current()
    'float32'
    """
    return _current.get()


def known(precision: Any) -> Precision:
    """``precision``, if it is one. InputError for any other name, with the nearest one.

    >>> known("bfloat16")
    'bfloat16'
    """
    if not isinstance(precision, str):
        names = ", ".join(map(repr, PRECISIONS))
        raise InputError(f"precision: expected one of {names}, received {received(precision)}")
    if precision not in PRECISIONS:
        raise InputError(f"unknown precision {precision!r}{did_you_mean(precision, PRECISIONS)}")
    return precision


def using(precision: Precision) -> AbstractContextManager[None]:
    """Inside, products of matrices and convolutions of float32 arrays have this precision.
    InputError for an unknown one.

    >>> with using("bf16x3"):
    ...     current()
    'bf16x3'
    """
    return _using(known(precision))


@contextmanager
def _using(precision: Precision) -> Iterator[None]:
    token = _current.set(precision)
    try:
        yield
    finally:
        _current.reset(token)


publish(globals(), "PRECISIONS")
