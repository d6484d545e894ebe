"""Arrays as a page sends them: a shape, and the numbers in one list as they were typed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..explanation.inputs import spread
from ..printable import received
from ..types import Array, Shape
from .options import FieldError

MOST_INPUT = 256
MOST_AXES, MOST_SIDE = 5, 16


def array_of(name: str, given: Any, field: str, span: float = 1.0, most: int = MOST_INPUT) -> Array:
    """The array that a page gives, or one of its shape that is made up, in (-span, span).

    FieldError, about the control ``field``, for a shape of too many axes or numbers, and for what
    is no list of so many finite numbers.
    """
    if not isinstance(given, Mapping):
        raise FieldError(f"{name}: expected a shape and values, received {received(given)}", field)
    shape = _shape(name, given.get("shape"), field, most)
    values = given.get("values")
    if values is None:
        return spread(shape, span, "input 0" if name in ("x", "x1") else name)
    size = math.prod(shape)
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != size:
        raise FieldError(
            f"{name}: expected {size} numbers for the shape {shape}, received {received(values)}",
            field,
        )
    numbers = np.empty(size)
    for i, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not _finite(value):
            place = ", ".join(map(str, np.unravel_index(i, shape)))
            raise FieldError(
                f"{name}[{place}]: expected a finite number, received {received(value)}", field
            )
        numbers[i] = value
    return numbers.reshape(shape)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _shape(name: str, given: Any, field: str, most: int) -> Shape:
    sides = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else []
    whole = all(type(side) is int and 1 <= side <= MOST_SIDE for side in sides)
    if not 1 <= len(sides) <= MOST_AXES or not whole:
        raise FieldError(
            f"{name}: expected a shape of 1 to {MOST_AXES} whole numbers from 1 to {MOST_SIDE}, "
            f"such as 1, 5, 5, 1; received {received(given)}",
            field,
        )
    if math.prod(sides) > most:
        raise FieldError(
            f"{name}: expected at most {most:,} numbers, received the shape {tuple(sides)} "
            f"with {math.prod(sides):,}",
            field,
        )
    return tuple(sides)
