"""What the options of operations must be."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from ... import require
from ...errors import InputError

LARGEST_FACTOR = 1000
LARGEST_SIDE = 1 << 16

Pixels = Annotated[int, Meta(ge=1, le=LARGEST_SIDE)]
NonNegativePixels = Annotated[int, Meta(ge=0, le=LARGEST_SIDE)]
HalfTurn = Annotated[float, Meta(ge=0, le=0.5)]
Slant = Annotated[float, Meta(ge=0, le=89)]
"""Degrees; at 90 an image would be a line."""


def share(**values: Any) -> None:
    """Raise InputError unless each value is at most 1."""
    for name, value in values.items():
        if value > 1:
            raise InputError(f"{name}: expected at most 1, received {value!r}")


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
