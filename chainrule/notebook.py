"""Results as a notebook shows them: one look for all, in the light and in the dark theme."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .markup import Child, Markup, el

LINE = "1px solid rgba(128, 128, 128, 0.4)"  # seen on white and on black
NUMBER = re.compile(r"[-+±]?[\d.,]+(e[-+]?\d+)?\D{0,6}|[-–]?")
RED, AMBER, GREEN = "#d1453b", "#b7791f", "#2e9e5b"
COLORS = {"failed": RED, "WRONG": RED, "error": RED, "warning": AMBER, "ok": GREEN}
"""Of verdicts: at least 3 : 1 against white and against black."""
MOST = 60
"""Rows that are shown; of more, the first and the last."""

Cells = Sequence[Child]


def html(title: str, *parts: str | Sequence[Cells]) -> str:
    """A title with parts below it. Rows are a table, the first of them its header; text of several
    lines keeps its line breaks and columns. Everything is escaped but Markup.

    >>> html("a < b", "one line")
    '<div style="overflow-x:auto"><b>a &lt; b</b><div>one line</div></div>'
    """
    shown = [_text(part) if isinstance(part, str) else _table(part) for part in parts if part]
    return el("div", el("b", title) if title else None, shown, style="overflow-x:auto")


def number(value: float | None) -> str:
    """A cell with four digits or so; empty for what is not known.

    >>> number(0.123456), number(12345.6), number(None)
    ('0.1235', '12,346', '')
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:.4g}"


def _text(text: str) -> Markup:
    if "\n" not in text:
        return el("div", text)
    style = "margin:0;padding:0;color:inherit;background:none;line-height:1.35;white-space:pre"
    return el("pre", text, style=style)


def _table(rows: Sequence[Cells]) -> Markup:
    header, *body = rows
    columns = zip(*(body or [header]), strict=True)
    sides = ["right" if all(map(_is_number, column)) else "left" for column in columns]
    if len(body) > MOST:
        gap = [f"… {len(body) - MOST:,} more", *[""] * (len(header) - 1)]
        body = [*body[: MOST // 2], gap, *body[-MOST // 2 :]]
    style = "border-collapse:collapse;table-layout:auto;margin:4px 0;color:inherit"
    head, *lines = (
        el("tr", [_cell(name, cell, side) for cell, side in zip(row, sides, strict=True)])
        for name, row in [("th", header), *[("td", row) for row in body]]
    )
    return el("table", el("thead", head), el("tbody", lines), style=style)


def _is_number(cell: Child) -> bool:
    return isinstance(cell, str) and NUMBER.fullmatch(cell) is not None


def _cell(name: str, cell: Child, side: str) -> Markup:
    color = COLORS.get(cell, "inherit") if isinstance(cell, str) else "inherit"
    style = f"text-align:{side};color:{color};border:0;border-bottom:{LINE};padding:2px 10px"
    return el(name, cell, style=f"{style};vertical-align:top;background:none")
