"""What the few names in a pickle of arrays stand for, without calling anything they name.

NumPy pickles an array as ``_reconstruct(ndarray, (0,), b"b")`` followed by its state (version,
shape, dtype, in Fortran's order?, bytes), or since protocol 5 as ``_frombuffer(bytes, dtype,
shape, order)``; a dtype as ``dtype("u1", False, True)`` and a state with its byte order.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import Any

import numpy as np

from ...types import Array


class Refused(Exception):
    """The pickle is damaged, or would build something else; the message says what."""


class Name(Enum):
    """What a global may stand for."""

    ENCODE = "encode"
    BYTES = "bytes"
    NDARRAY = "ndarray"
    DTYPE = "dtype"
    RECONSTRUCT = "_reconstruct"
    FROM_BUFFER = "_frombuffer"


GLOBALS = {
    ("_codecs", "encode"): Name.ENCODE,  # how Python 3 writes bytes in protocols before 3
    ("__builtin__", "bytes"): Name.BYTES,
    ("builtins", "bytes"): Name.BYTES,
    ("numpy", "ndarray"): Name.NDARRAY,
    ("numpy", "dtype"): Name.DTYPE,
    ("numpy.core.multiarray", "_reconstruct"): Name.RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): Name.RECONSTRUCT,
    ("numpy.core.numeric", "_frombuffer"): Name.FROM_BUFFER,
    ("numpy._core.numeric", "_frombuffer"): Name.FROM_BUFFER,
}

NUMBERS = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
RANK = 8


class Unbuilt:
    """An array or a dtype that waits for its state. ``dtype`` is None for an array."""

    def __init__(self, dtype: np.dtype[Any] | None = None) -> None:
        self.dtype = dtype
        self.memoized: list[int] = []
        """Where the memo has it, to be replaced."""


def reduce(function: Any, arguments: Any) -> Any:
    """What ``function(*arguments)`` would have given; bytes, an array or something unbuilt."""
    match function, arguments:
        case Name.ENCODE, (str() as text, encoding) if _text(encoding) in ("latin1", "latin-1"):
            return text.encode("latin-1")
        case Name.BYTES, ():
            return b""
        case Name.DTYPE, (code, *_) if _text(code) in NUMBERS:
            return Unbuilt(np.dtype(_text(code)))
        case Name.DTYPE, (code, *_):
            raise Refused(f"it has an array of {_text(code)[:20]!r}, not of numbers")
        case Name.RECONSTRUCT, (Name.NDARRAY, (0,), _):
            return Unbuilt()
        case Name.FROM_BUFFER, (data, np.dtype() as dtype, shape, order):
            return _array(data, dtype, shape, _text(order) == "F")
    raise Refused("it calls something in a way that plain values do not need")


def build(unbuilt: Any, state: Any) -> Array | np.dtype[Any]:
    """The array or dtype that is ``unbuilt``, with its state."""
    match unbuilt, state:
        case Unbuilt(dtype=None), (_, shape, np.dtype() as dtype, in_columns, data):
            return _array(data, dtype, shape, bool(in_columns))
        case Unbuilt(dtype=np.dtype() as plain), (int(), order, None, None, None, -1, -1, *_):
            if _text(order) not in ("|", "<", ">", "="):
                raise Refused("it has numbers of an unknown byte order")
            return np.dtype(_text(order) + plain.str[1:])
    raise Refused("it gives something a state that plain values do not have")


def _array(data: Any, dtype: np.dtype[Any], shape: Any, in_columns: bool) -> Array:
    if not isinstance(data, bytes):
        raise Refused("it has an array that is not of bytes")
    if not isinstance(shape, tuple) or not all(
        isinstance(side, int) and side >= 0 for side in shape
    ):
        raise Refused("it has an array whose shape is none")
    if len(shape) > RANK or math.prod(shape) * dtype.itemsize != len(data):
        raise Refused(f"it has an array of {len(data):,} bytes, which is not what its shape needs")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if in_columns else "C")


def _text(value: Any) -> str:
    """Python 2's or Python 3's ``str``; empty for anything else."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else ""
