"""The card "what to try next" of a report."""

from __future__ import annotations

from collections.abc import Sequence

from ..markup import Markup, el
from .advice import NOTHING, Advice

MOST_FILES = 20


def section(advice: Sequence[Advice]) -> Markup:
    """A list, the most promising first; one line where nothing stands out."""
    items = [_item(each) for each in advice]
    return el(
        "section",
        el("h2", "What to try next"),
        [el("p", "Commands are for the folder of this page."), el("ol", items)]
        if items
        else el("p", f"{NOTHING.capitalize()}."),
        class_="next",
    )


def _item(advice: Advice) -> Markup:
    files = [el("li", name) for name in advice.files[:MOST_FILES]]
    rest = len(advice.files) - len(files)
    return el(
        "li",
        el("p", el("b", advice.name.capitalize()), f": {advice.finding}."),
        el("p", f"{advice.todo[0].upper()}{advice.todo[1:]}:"),
        el("pre", el("code", advice.command())),
        el(
            "details",
            el("summary", "The images"),
            el("ul", files, el("li", f"and {rest:,} more") if rest else None),
        )
        if files
        else None,
    )
