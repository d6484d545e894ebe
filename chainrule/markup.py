"""HTML from function calls: text is escaped unless it is markup already."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from .printable import printable_lines

Child: TypeAlias = str | Iterable["Child"] | None

VOID = {"img", "input", "meta"}


def _escaped(text: str) -> str:
    """For HTML, and without what steers a page as it would a terminal: names reorder no line, and
    bytes that are not UTF-8 can be written."""
    return escape(printable_lines(text))


class Markup(str):
    """A string that is HTML, as opposed to text that has yet to be escaped."""

    __slots__ = ()


def el(name: str, /, *children: Child, **attributes: str | None) -> Markup:
    """``<name attribute="…">children</name>``; an attribute that is None is left out.

    >>> el("p", "1 < 2", el("b", "!"), class_="note")
    '<p class="note">1 &lt; 2<b>!</b></p>'
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{join(children)}</{name}>")


def join(children: Child) -> Markup:
    """Children side by side: text escaped, markup as it is, None left out, lists flattened."""
    if children is None:
        return Markup("")
    if isinstance(children, Markup):
        return children
    if isinstance(children, str):
        return Markup(_escaped(children))
    return Markup("".join(join(child) for child in children))
