"""Cells of CSV files that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from .printable import printable

SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a formula begins with; Excel takes the wide forms of East Asian keyboards, too.

Source: OWASP, "CSV Injection".
"""


def cell(text: str) -> str:
    """``text`` as a cell: one that would be a formula gets ``'`` in front, which spreadsheets take
    for "this is text". So does one that begins with ``'``, so that `read_cell` is the inverse.

    >>> cell("=1+1.png"), cell("cat.png"), cell("'90s.png")
    ("'=1+1.png", 'cat.png', "''90s.png")
    """
    return f"'{text}" if text.startswith((*SIGNS, "'")) else text


def read_cell(text: str) -> str:
    """The text that `cell` was given.

    >>> read_cell("'=1+1.png"), read_cell("cat.png")
    ('=1+1.png', 'cat.png')
    """
    return text[1:] if text.startswith(tuple(f"'{sign}" for sign in (*SIGNS, "'"))) else text


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV, each cell as `cell` has it, without what steers a terminal.

    >>> print(csv_text([("path", "class"), ("a,b.png", "=1")]), end="")
    path,class
    "a,b.png",'=1
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([cell(printable(each)) for each in row] for row in rows)
    return text.getvalue()
