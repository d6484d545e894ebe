"""A page as one file, in the look that all pages share."""

from __future__ import annotations

import re
from importlib import resources

from ..markup import Child, Markup, join, sealed_page

STYLED = re.compile(r' style="([^"&{}]*)"')  # what else it may hold stays, and has no effect


def document(title: str, body: Child, *, style: str = "") -> str:
    """The whole page of ``body``. ``style`` is what it adds to the sheet that all pages share.

    ``style="…"`` of an element becomes a rule of the sheet, since the policy knows no other. Equal
    arguments give equal pages.
    """
    content, rules = _without_style(join(body))
    sheet = f"{_file('style.css')}{style}\n{rules}"
    return sealed_page(title, Markup(content), style=sheet, script=_file("script.js"))


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
