"""Whether a value that TOML has read is one of a type with limits."""

from __future__ import annotations

import math
from typing import Any

import msgspec


def fits(kind: Any, value: Any) -> bool:
    """Whether ``value``, as TOML reads it, is one of ``kind``. No number may be infinite."""
    if isinstance(value, list) and not all(fits(Any, item) for item in value):
        return False
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if isinstance(value, str) and not value.isprintable():
        return False
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True
