"""A page as one file: it loads nothing, and runs no script but its own.

The policy in its head allows one style sheet and one script, each by its SHA-256, and images that
lie in the page. Nothing else is applied, run or fetched: no ``style`` attribute, no event handler,
no address. So a name that got past the escaping could still not act.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources

from ..markup import Child, Markup, el

STYLED = re.compile(r' style="([^"&{}]*)"')  # what else it may hold stays, and has no effect


def document(title: str, body: Child, *, style: str = "") -> str:
    """The whole page of ``body``. ``style`` is what it adds to the sheet that all pages share.

    ``style="…"`` of an element becomes a rule of the sheet, since the policy knows no other. Equal
    arguments give equal pages.
    """
    content, rules = _without_style(el("body", body))
    sheet = f"{_file('style.css')}{style}\n{rules}"
    script = _file("script.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash(sheet)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", title),
        el("style", Markup(sheet)),
    )
    # Last in the page, so that it finds the elements it enlivens.
    content = content.removesuffix("</body>") + el("script", Markup(script)) + "</body>"
    return f"<!doctype html>\n{el('html', head, Markup(content), lang='en')}\n"


def _without_style(markup: str) -> tuple[str, str]:
    """Markup whose styles are rules, and these. Text holds no ``<``, so tags are told for sure."""
    numbers: dict[str, int] = {}

    def numbered(match: re.Match[str]) -> str:
        return f' data-look="{numbers.setdefault(match[1], len(numbers))}"'

    content = re.sub(r"<[^<>]+>", lambda tag: STYLED.sub(numbered, tag[0]), markup)
    # Twice the attribute: it weighs more than a class and a type, as a style attribute would.
    rules = (f'[data-look="{i}"][data-look="{i}"]{{{css}}}' for css, i in numbers.items())
    return content, "\n".join(rules)


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    """A source expression of Content Security Policy, level 2."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
