"""Times as people write them."""

from __future__ import annotations

UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds(time: float | str) -> float:
    """The seconds of a time that is a number of them, or a text with a unit.

    >>> seconds(90), seconds("90"), seconds("90s"), seconds("10m"), seconds("1.5h")
    (90.0, 90.0, 90.0, 600.0, 5400.0)
    """
    if isinstance(time, str) and time[-1:] in UNITS:
        return float(time[:-1]) * UNITS[time[-1]]
    return float(time)
