"""Whether a value that TOML has read is one of a type with limits."""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec

LARGEST_BITS = 128
"""Of a whole number: seeds that NumPy makes have as many, and nothing needs more."""


def fits(kind: Any, value: Any) -> bool:
    """Whether ``value``, as TOML reads it, is one of ``kind``. No number may be infinite."""
    if isinstance(value, list) and not all(fits(Any, item) for item in value):
        return False
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if isinstance(value, int) and abs(value) >> LARGEST_BITS:
        return False
    if isinstance(value, str) and not is_text(value):
        return False
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, OverflowError):
        return False
    return True


def is_text(value: str) -> bool:
    """Whether a string can be kept in a TOML file: any letters of any script, but no null
    character, and none that stand for bytes of a name that is not UTF-8."""
    return not re.search("[\0\ud800-\udfff]", value)
