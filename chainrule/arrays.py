"""Arrays as they come in from outside: the one place that makes of them what the rest relies on.

Inside, an array is a plain ``ndarray`` (or a GPU's) in the machine's byte order. Files of other
machines, pandas and lists give others, of which a compiled loop would read other numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol, cast

import numpy as np

from .errors import InputError
from .types import Array


class Namespace(Protocol):
    """What numpy and cupy have in common: functions of arrays, under the same names."""

    lib: Any
    linalg: Any
    ogrid: Any

    def __getattr__(self, name: str) -> Callable[..., Array]: ...


NUMPY = cast(Namespace, np)


def namespace(x: Any) -> Namespace:
    """The module whose functions take ``x``: numpy, or cupy for an array on a GPU.

    >>> namespace(np.ones(2)).maximum(np.ones(2), 3).tolist()
    [3.0, 3.0]
    """
    if type(x) is np.ndarray or not is_on_gpu(x):
        return NUMPY
    return cast(Namespace, sys.modules["cupy"])


def is_on_gpu(x: Any) -> bool:
    """Whether ``x`` is an array of CuPy, which nobody has where it is not imported."""
    cupy = sys.modules.get("cupy")
    return cupy is not None and isinstance(x, cupy.ndarray)


def native(name: str, x: Any) -> Array:
    """``x`` as a plain array in native byte order: ``x`` itself where it is one.

    Lists become arrays, and subclasses (``np.matrix``, ``np.memmap``) lose what they add. Shape,
    strides and kind of number stay. InputError, about ``name``, for objects that are no numbers,
    lists with rows of unequal lengths, and masked arrays, whose hidden values would count.
    """
    if type(x) is np.ndarray and x.dtype.isnative and x.dtype != object:
        return x
    if is_on_gpu(x):
        return x  # type: ignore[no-any-return]
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        hidden = int(np.ma.getmaskarray(x).sum())
        raise InputError(
            f"{name}: expected an array without masked values, received {hidden} masked; "
            "use filled() or compressed()"
        )
    try:
        array = np.asarray(x)
    except Exception as error:  # what an object's own __array__ may raise, as a tensor's does
        raise InputError(f"{name}: expected an array, received {_kind(x)}: {error}") from None
    if array.dtype == object:
        raise InputError(
            f"{name}: expected an array of numbers, received {_kind(x)}; "
            "use astype(), such as .astype(np.int64), if each element is a number"
        )
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def class_indices(name: str, labels: Any, k: int) -> Array:
    """``labels`` (N,) as int64, each in 0..k-1. InputError, about ``name``, for any others."""
    given = native(name, labels)
    if given.size == 0 and not isinstance(labels, np.ndarray):
        given = given.astype(np.int64)  # an empty list has no kind of number
    if given.ndim != 1:
        raise InputError(f"{name}: expected labels (N,), received an array of shape {given.shape}")
    if given.dtype.kind not in "iu":
        raise InputError(
            f"{name}: expected whole numbers, received {given.dtype}; "
            "use .astype(np.int64) if they are whole"
        )
    outside = (given < 0) | (given >= k)
    if outside.any():
        raise InputError(
            f"{name}: expected values in 0..{k - 1}, received {int(given[outside][0])} "
            f"at position {int(outside.argmax())}"
        )
    return given.astype(np.int64, copy=False)


def _kind(x: Any) -> str:
    if isinstance(x, np.ndarray):
        return f"one of {x.dtype}"
    return f"a {type(x).__name__}"
