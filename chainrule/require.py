"""Rules that numbers keep, for constructors: ``positive(lr=lr)`` names what breaks the rule."""

from __future__ import annotations

import math
import operator
from numbers import Real
from typing import Any

from .errors import InputError, OutOfRange
from .printable import received


def positive(**values: Any) -> None:
    """Raise InputError unless each value is above 0 and finite."""
    for name, value in values.items():
        if not (_is_number(value) and 0 < value < math.inf):
            raise InputError(
                f"{name}: expected a positive finite number, received {received(value)}"
            )


def not_negative(**values: Any) -> None:
    """Raise InputError unless each value is 0 or more, and finite."""
    for name, value in values.items():
        if not (_is_number(value) and 0 <= value < math.inf):
            raise InputError(f"{name}: expected 0 or more, received {received(value)}")


def fraction(**values: Any) -> None:
    """Raise InputError unless each value is in [0, 1)."""
    for name, value in values.items():
        if not (_is_number(value) and 0 <= value < 1):
            raise InputError(f"{name}: expected a number in [0, 1), received {received(value)}")


def integer(minimum: int, **values: Any) -> None:
    """Raise InputError unless each value is a whole number of at least ``minimum``."""
    for name, value in values.items():
        try:
            fits = not isinstance(value, bool) and operator.index(value) >= minimum
        except TypeError:
            fits = False
        if not fits:
            raise InputError(
                f"{name}: expected a whole number of at least {minimum}, received {received(value)}"
            )


def index(count: int, **values: Any) -> int:
    """The one value as an index from 0 of ``count`` items; OutOfRange where there is no such item,
    InputError unless it is a whole number. Negative ones count from the end, as in a list."""
    ((name, value),) = values.items()
    if not hasattr(value, "__index__") or isinstance(value, bool):
        raise InputError(f"{name}: expected an index or a slice, received {received(value)}")
    try:
        place = operator.index(value)
    except TypeError:
        raise InputError(f"{name}: expected an index, received {received(value)}") from None
    if not -count <= place < count:
        known = f"from {-count} to {count - 1} of {count:,}" if count else "of something, not none"
        raise OutOfRange(f"{name}: expected an index {known}, received {received(place)}")
    return place % count


def span(place: slice) -> slice:
    """The slice, if its ends are whole numbers."""
    ends = (place.start, place.stop, place.step)
    if place.step != 0 and all(end is None or hasattr(end, "__index__") for end in ends):
        return place
    raise InputError(f"expected a slice of whole numbers, received {received(place)}")


def one_of(*choices: str, **values: Any) -> None:
    """Raise InputError unless each value is one of the words."""
    for name, value in values.items():
        if not isinstance(value, str) or value not in choices:
            listed = " or ".join(map(repr, choices))
            raise InputError(f"{name}: expected {listed}, received {received(value)}")


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
