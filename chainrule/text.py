"""Numbers and nouns as a reader expects them."""

from __future__ import annotations

import math

IRREGULAR = {"epoch": "epochs", "index": "indices", "matrix": "matrices"}


def plural(count: float, noun: str) -> str:
    """The count and its noun, which takes the plural unless the count is 1.

    >>> plural(1, "class"), plural(10_000, "image"), plural(0, "entry"), plural(2, "day")
    ('1 class', '10,000 images', '0 entries', '2 days')
    >>> plural(1, "test image"), plural(3, "batch")
    ('1 test image', '3 batches')
    """
    return f"{count:,} {noun if count == 1 else plural_of(noun)}"


def plural_of(noun: str) -> str:
    """
    >>> plural_of("training image"), plural_of("class"), plural_of("copy")
    ('training images', 'classes', 'copies')
    """
    last = noun.rpartition(" ")[2]
    if last in IRREGULAR:
        return noun.removesuffix(last) + IRREGULAR[last]
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def percent(share: float, digits: int = 1) -> str:
    """A share of 0..1 in per cent, with more digits where fewer would round it to 100 %; a dash
    for what is not known.

    >>> percent(0.98251), percent(0.98251, 2), percent(0.99999), percent(float("nan"))
    ('98.3%', '98.25%', '99.999%', '–')
    """
    if not math.isfinite(share):
        return "–"
    while digits < 6 and share < 1 and round(100 * share, digits) == 100:
        digits += 1
    return f"{100 * share:.{digits}f}%"
