"""Numbers that come in, and numbers that are shown."""

from __future__ import annotations

import math
from numbers import Real

from ..errors import InputError


def finite(number: object, what: str) -> float:
    """``number`` as a float; InputError, naming ``what`` it is for, unless it is a finite one."""
    if isinstance(number, bool) or not isinstance(number, Real):
        kind = type(number).__name__
        raise InputError(f"{what}: expected a number, received {number!r:.60} ({kind})")
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise InputError(f"{what}: expected a finite number, received {value}")
    return value


def show(number: float | None, digits: int = 4) -> str:
    """``number`` to so many significant digits, without padding; nothing for None.

    >>> show(-12.0), show(0.7310585786), show(1e-7), show(-0.0)
    ('-12', '0.7311', '1e-7', '0')
    """
    if number is None:
        return ""
    text = f"{number + 0.0:.{digits}g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text
