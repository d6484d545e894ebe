"""What the options of operations must be."""

from __future__ import annotations

from typing import Any

from ... import require
from ...errors import InputError

BORDERS = ("constant", "edge", "reflect")
LARGEST_FACTOR = 1000
LARGEST_SIDE = 1 << 16


def share(**values: Any) -> None:
    """Raise InputError unless each value is in [0, 1]."""
    for name, value in values.items():
        try:
            require.not_negative(**{name: value})
        except InputError:
            value = 2
        if value > 1:
            raise InputError(f"{name}: expected a number in [0, 1], received {values[name]!r}")


def span(**values: Any) -> None:
    """Raise InputError unless each value is a pair low <= high, both of them factors that leave
    something to be seen."""
    for name, value in values.items():
        try:
            low, high = value
            require.positive(low=low, high=high)
        except (TypeError, ValueError):
            low, high = 1, 0
        if not 1 / LARGEST_FACTOR <= low <= high <= LARGEST_FACTOR:
            raise InputError(
                f"{name}: expected two numbers from {1 / LARGEST_FACTOR:g} to {LARGEST_FACTOR}, "
                f"the smaller one first, received {value!r}"
            )


def pixels(least: int, **values: Any) -> None:
    """Raise InputError unless each value is a number of pixels that a picture could have, or
    None."""
    for name, value in values.items():
        if value is None:
            continue
        require.whole(least, **{name: value})
        if value > LARGEST_SIDE:
            raise InputError(
                f"{name}: expected at most {LARGEST_SIDE:,} pixels, received {value:,}"
            )


def grey(**values: Any) -> None:
    """Raise InputError unless each value is a whole number in 0..255."""
    for name, value in values.items():
        require.whole(0, **{name: value})
        if value > 255:
            raise InputError(f"{name}: expected a grey level from 0 to 255, received {value!r}")


def border(**values: Any) -> None:
    """Raise InputError unless each value says what lies outside of a picture."""
    require.one_of(*BORDERS, **values)
