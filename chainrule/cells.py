"""Cells of CSV files that no spreadsheet takes for a formula."""

from __future__ import annotations

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
