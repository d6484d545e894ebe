"""How commands print tables and JSON: one way, for people, pipes and programs."""

from __future__ import annotations

import json
import math
from collections.abc import Container, Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from ..printable import printable
from ..text import aligned, fitted, wrapped
from .say import on_terminal, say

AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Container[int] = (),
    prose: bool = False,
) -> None:
    """Aligned columns under a header on a terminal, tab-separated lines under one elsewhere.

    A row is one line however narrow the terminal is, and a cell stays whole, so that it can be
    searched and copied; with ``prose`` in the last column it is laid out for the terminal's width.
    The columns ``right`` are numbers.
    """
    clean = [[printable(cell) for cell in row] for row in (header, *rows)]
    if not on_terminal():
        print("\n".join("\t".join(row) for row in clean), flush=True)
        return
    from rich.cells import cell_len

    from ..terminal import console

    lines = (
        fitted(clean, console().width, right=right, width=cell_len)
        if prose
        else aligned(clean, right=right, width=cell_len)
    )
    say("\n".join(lines))


def remark(text: str) -> None:
    """Say on a terminal what is no result, in lines that fit it."""
    if on_terminal():
        from ..terminal import console

        say("\n".join(wrapped(text, console().width)))


def say_json(value: Any) -> None:
    """Print ``value`` as one JSON document in ASCII, with null for what is not a finite number:
    NaN is no JSON."""
    print(json.dumps(_finite(value), indent=2, allow_nan=False), flush=True)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
