"""Large numbers in words, and columns."""

from __future__ import annotations

from collections.abc import Container, Sequence


def amount(number: float) -> str:
    """1,234,567 operations -> "1.23 M"."""
    for unit, word in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:.3g} {word}"
    return f"{number:.3g}"


def size(number: float) -> str:
    """Bytes in powers of 1024, as memory is sold: 1536 -> "1.5 KiB"."""
    for unit, word in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if number >= unit:
            return (
                f"{number / unit:.3g} {word}"
                if number < 1000 * unit
                else (f"{number / unit:,.0f} {word}")
            )
    return f"{number:.0f} B"


def duration(seconds: float) -> str:
    """0.0123 -> "12 ms", 75 -> "1 min 15 s", 7500 -> "2 h 5 min"."""
    if seconds < 1:
        return f"{1e3 * seconds:.2g} ms" if seconds < 0.0095 else f"{1e3 * seconds:.0f} ms"
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 9.5 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if seconds < 3600:
        whole = round(seconds)
        rest = f" {whole % 60} s" if whole % 60 and seconds < 600 else ""
        return f"{whole // 60 if seconds < 600 else minutes} min{rest}"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def table(rows: Sequence[Sequence[str]], right: Container[int] = ()) -> str:
    """Aligned columns, those in ``right`` to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
