"""Numbers as a reader wants them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def number(value: Any) -> float:
    """A float, NaN for what is missing: None, an empty cell of a CSV, a word."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):  # the last of a whole number of 400 digits
        return math.nan


def percent_range(interval: tuple[float, float], digits: int = 1) -> str:
    """
    >>> percent_range((0.9788, 0.9841))
    '97.9 – 98.4%'
    """
    low, high = interval
    return f"{100 * low:.{digits}f} – {100 * high:.{digits}f}%"


def short(value: float) -> str:
    """
    >>> short(0.061234), short(12.0), short(1e-7)
    ('0.0612', '12', '1e-07')
    """
    return f"{value:.3g}" if math.isfinite(value) else str(value)


def clip(text: str, length: int) -> str:
    """At most ``length`` characters, the last one an ellipsis if some were lost."""
    return text if len(text) <= length else text[: length - 1] + "…"


def as_text(value: Any) -> str:
    """A configuration value as TOML writes it; a float without digits that say nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(as_text, value))}]"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {as_text(inner)}" for key, inner in value.items())
    return str(value)
