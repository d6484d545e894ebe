"""Sections and tables as docutils nodes, for directives that write a reference."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docutils import nodes

Inlines = Sequence[nodes.Node]


def code(text: str) -> nodes.literal:
    return nodes.literal(text, text)


def words(text: str) -> list[nodes.Node]:
    """Text in which back-quotes mark code; so does ``--`` before the name of an option."""
    parts = re.split(r"(``[^`]+``|`[^`]+`|--[a-z][a-z-]*)", " ".join(text.split()))
    made = (code(p.strip("`")) if i % 2 else nodes.Text(p) for i, p in enumerate(parts))
    return [node for node in made if node.astext()]


def paragraph(*inlines: nodes.Node) -> nodes.paragraph:
    return nodes.paragraph("", "", *inlines)


def section(anchor: str, title: Inlines, *content: nodes.Node) -> nodes.section:
    made = nodes.section(ids=[anchor], names=[anchor])
    made += nodes.title("", "", *title)
    made += content
    return made


def table(header: Sequence[str], rows: Sequence[Sequence[Inlines]]) -> nodes.table:
    group = nodes.tgroup(cols=len(header))
    group += [nodes.colspec(colwidth=1) for _ in header]
    group += nodes.thead("", _row([[nodes.Text(cell)] for cell in header]))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group, classes=["reference-table"])


def _row(cells: Sequence[Inlines]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", paragraph(*cell)) for cell in cells))
