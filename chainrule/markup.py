"""HTML from function calls: text is escaped unless it is markup already."""

from __future__ import annotations

import base64
import hashlib
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


def sealed_page(title: str, body: Child, *, style: str, script: str, images: str = "data:") -> str:
    """A whole page that loads nothing and runs no script but its own, which comes last in it.

    The policy in its head allows this style sheet and this script, each by its SHA-256, and
    ``images`` from there. Nothing else is applied, run or fetched: no ``style`` attribute, no event
    handler, no address. So a name that got past the escaping could still not act.
    """
    policy = (
        f"default-src 'none'; img-src {images}; style-src {_hash(style)}; "
        f"script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", title),
        el("style", Markup(style)),
    )
    content = el("body", body, el("script", Markup(script)))
    return f"<!doctype html>\n{el('html', head, content, lang='en')}\n"


def _hash(text: str) -> str:
    """A source expression of Content Security Policy, level 2."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
