"""Numbers, nouns and tables as a reader expects them."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Sequence

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


def amount(number: float) -> str:
    """A large count with three digits.

    >>> amount(999), amount(1_234_567)
    ('999', '1.23 M')
    """
    for unit, word in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:.3g} {word}"
    return f"{number:.3g}"


def size(number: float) -> str:
    """Bytes in powers of 1024, as memory is sold.

    >>> size(1536), size(1010 * 2**20)
    ('1.5 KiB', '1,010 MiB')
    """
    for unit, word in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if number >= unit:
            digits = ".3g" if number < 1000 * unit else ",.0f"
            return f"{number / unit:{digits}} {word}"
    return f"{number:.0f} B"


def duration(seconds: float, *, estimated: bool = False) -> str:
    """Seconds, minutes or hours; a dash for what is not known. What is only ``estimated`` has two
    digits or so, and milliseconds below a second.

    >>> duration(7.25), duration(83.2), duration(1234), duration(7322)
    ('7.2 s', '1 min 23 s', '20 min 34 s', '2 h 2 min')
    >>> [duration(seconds, estimated=True) for seconds in (0.0123, 7.25, 83.2, 1234, 7322)]
    ['12 ms', '7.2 s', '1 min 23 s', '21 min', '2 h 2 min']
    """
    if not math.isfinite(seconds):
        return "–"
    if seconds < 60:
        return _under_a_minute(seconds) if estimated else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if estimated and seconds >= 600:
        minutes, rest = round(seconds / 60), 0
    if minutes < 60:
        whole, part, unit = f"{minutes} min", rest, "s"
    else:
        whole, part, unit = f"{minutes // 60} h", minutes % 60, "min"
    return whole if estimated and not part else f"{whole} {part} {unit}"


def _under_a_minute(seconds: float) -> str:
    value, unit = (1e3 * seconds, "ms") if seconds < 1 else (seconds, "s")
    return f"{value:.2g} {unit}" if value < 9.5 else f"{value:.0f} {unit}"


def aligned(
    rows: Sequence[Sequence[str]],
    right: Container[int] = (),
    width: Callable[[str], int] = len,
) -> list[str]:
    """Rows of equally many cells as lines, two spaces between the columns; those in ``right``
    end, the others begin together. ``width`` is the columns that a text takes on the screen.

    >>> aligned([("weight", "7"), ("b", "10")], right={1})
    ['weight   7', 'b       10']
    """
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        gaps = (" " * (full - width(cell)) for full, cell in zip(widths, row, strict=True))
        cells = (
            gap + cell if i in right else cell + gap
            for i, (cell, gap) in enumerate(zip(row, gaps, strict=True))
        )
        lines.append("  ".join(cells).rstrip())
    return lines


LEAST = 24
"""Columns that prose beside a table needs; with fewer it goes below its row."""


def fitted(
    rows: Sequence[Sequence[str]],
    room: int,
    right: Container[int] = (),
    width: Callable[[str], int] = len,
) -> list[str]:
    """The lines of a table of which the last column is prose, in ``room`` columns; the first row
    is the header.

    The prose is wrapped beside the other columns, or below each row where little is left, indented.
    Where not even the other columns fit, each cell has a line, after its name from the header.

    >>> rows = [("name", "size", "what"), ("mlp", "9", "layers in a row, all of them linear")]
    >>> for room in (40, 30):
    ...     print(*fitted(rows, room)[-2:], sep="\\n")
    mlp   9     layers in a row, all of them
                linear
        layers in a row, all of
        them linear
    """
    heads = aligned([row[:-1] for row in rows], right, width)
    start = max(map(width, heads), default=0) + 2
    if start - 2 > room:
        return _stacked(rows, room, width)
    widest = max((width(row[-1]) for row in rows), default=0)
    longest = max((width(word) for row in rows for word in row[-1].split()), default=0)
    indent = start if room - start >= max(min(LEAST, widest), longest) else 4
    lines = []
    for head, row in zip(heads, rows, strict=True):
        first, *rest = wrapped(row[-1], room - indent, width) or [""]
        beside = indent == start
        lines += [f"{head}{' ' * (start - width(head))}{first}".rstrip() if beside else head]
        lines += [" " * indent + line for line in (rest if beside else [first, *rest]) if line]
    return lines


def _stacked(rows: Sequence[Sequence[str]], room: int, width: Callable[[str], int]) -> list[str]:
    header, *body = rows
    lines = [f"{header[0]}:"] if header[0] else []
    for first, *others in body:
        lines.append(first)
        for name, cell in zip(header[1:], others, strict=True):
            parts = wrapped(f"{name}: {cell}" if cell else "", room - 4, width)
            lines += [" " * 4 + part for part in parts]
    return lines


def wrapped(text: str, room: int, width: Callable[[str], int] = len) -> list[str]:
    """The text in lines of at most ``room`` columns, as far as its words allow: none is cut.

    >>> wrapped("the peak of the learning rate", 12)
    ['the peak of', 'the learning', 'rate']
    """
    lines: list[str] = []
    for word in text.split():
        if lines and width(lines[-1]) + 1 + width(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
