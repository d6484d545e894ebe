"""The rule that a type with limits stands for: whether a value keeps it, and how it reads."""

from __future__ import annotations

import math
import re
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

_WORDS = {
    int: "a whole number",
    float: "a finite number",
    bool: "true or false",
    str: "text in Unicode, without null characters",
}
_LIMITS = {"gt": "above", "ge": "of at least", "lt": "below", "le": "of at most"}
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


def rule(kind: Any) -> str:
    """The rule in words.

    >>> from typing import Annotated
    >>> from msgspec import Meta
    >>> rule(Annotated[int, Meta(ge=1)] | Annotated[float, Meta(gt=0, lt=1)])
    'a whole number of at least 1 or a finite number above 0 and below 1'
    """
    if get_origin(kind) is Annotated:
        base, *metas = get_args(kind)
        described = [meta.description for meta in metas if meta.description]
        if described:
            return str(described[0])
        limits = [
            f"{word} {getattr(meta, name):,}"
            for meta in metas
            for name, word in _LIMITS.items()
            if getattr(meta, name) is not None
        ]
        return f"{rule(base)} {' and '.join(limits)}"
    if get_origin(kind) is Literal:
        return " or ".join(map(repr, get_args(kind)))
    if get_origin(kind) is tuple:
        item, *more = get_args(kind)
        size = "" if more == [...] else f" of {1 + len(more)}"
        return f"a list{size}, each item {rule(item)}"
    if kind in _WORDS:
        return _WORDS[kind]
    return " or ".join(rule(part) for part in get_args(kind) if part is not NoneType)
