"""The tables of a report: classes, frequent mistakes, settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from ..markup import Markup, el
from ..metrics import Evaluation, wilson_interval
from ..text import percent, plural
from ..types import Array
from .words import as_text, percent_range

ROWS_A_COLUMN, MOST_ROWS = 25, 100
MOST_CONFUSIONS = 10
MOST_SETTINGS = 200  # of a group: metrics have one for each class


def per_class_tables(evaluation: Evaluation, labels: Array, classes: Sequence[str]) -> Markup:
    """Accuracy of each class with its interval, hardest first, in tables side by side."""
    k = len(classes)
    counts = np.bincount(labels, minlength=k)
    order = np.argsort(np.nan_to_num(evaluation.per_class, nan=2), kind="stable")[:MOST_ROWS]
    correct = evaluation.answers.correct
    rows = [_class_row(classes[i], int(correct[i]), int(counts[i])) for i in order]
    columns = -(-len(rows) // ROWS_A_COLUMN)
    length = -(-len(rows) // columns)
    tables = [_class_table(rows[i : i + length]) for i in range(0, len(rows), length)]
    return el("div", tables, class_="columns" if columns > 1 else None)


def _class_table(rows: list[Markup]) -> Markup:
    heads = ("Class", "Accuracy, 95% interval", "%", "Right")
    head = el("tr", [el("th", text, scope="col") for text in heads])
    return el("table", el("thead", head), el("tbody", rows), class_="classes")


def _class_row(name: str, correct: int, count: int) -> Markup:
    share = correct / count if count else float("nan")
    if count:
        low, high = wilson_interval(correct, count)
        bar = el(
            "div",
            el("i", style=f"width:{100 * share:.2f}%"),
            el("b", style=f"left:{100 * low:.2f}%;width:{100 * (high - low):.2f}%"),
            class_="bar",
            title=f"95% interval {percent_range((low, high))}",
        )
    else:
        bar = el("small", "no test images")
    return el(
        "tr",
        el("th", name, scope="row"),
        el("td", bar),
        el("td", percent(share).removesuffix("%"), class_="number"),
        el("td", f"{correct:,} of {count:,}" if count else "–", class_="number"),
    )


def frequent_mistakes(evaluation: Evaluation, classes: Sequence[str]) -> Markup | None:
    """Which class is taken for which other, most frequent first; None without mistakes."""
    totals = evaluation.answers.totals
    rows = []
    for i, j, count in evaluation.answers.mistakes(MOST_CONFUSIONS):
        cells = f"{count:,}", percent(count / totals[i])
        rows.append(
            el(
                "tr",
                el("th", classes[i], scope="row"),
                el("td", classes[j]),
                [el("td", cell, class_="number") for cell in cells],
            )
        )
    if not rows:
        return None
    heads = ("True", "Taken for", "Times", "Of its class")
    head = el("thead", el("tr", [el("th", text, scope="col") for text in heads]))
    half = -(-len(rows) // 2)
    parts = (rows[:half], rows[half:])
    return el("div", [el("table", head, el("tbody", r)) for r in parts if r], class_="columns")


def settings(values: Mapping[str, Any], empty: str = "nothing recorded") -> Markup:
    """Names and values; a mapping inside becomes a group of its own below them."""
    plain = {name: value for name, value in values.items() if not isinstance(value, Mapping)}
    groups = {name: value for name, value in values.items() if isinstance(value, Mapping)}
    bodies = [el("tbody", [_setting(*item) for item in plain.items()])] if plain else []
    for name, group in groups.items():
        head = el("tr", el("th", name, scope="rowgroup", colspan="2"), class_="group")
        inner = [_setting(*item) for item in islice(group.items(), MOST_SETTINGS)]
        if len(group) > MOST_SETTINGS:
            inner.append(_setting("…", f"and {len(group) - MOST_SETTINGS:,} more"))
        bodies.append(el("tbody", head, inner or _setting("", "empty")))
    return el("table", bodies, class_="settings") if bodies else el("p", empty)


def _setting(name: str, value: Any) -> Markup:
    return el("tr", el("th", name, scope="row"), el("td", el("code", as_text(value))))


def describe(images: Array, classes: Sequence[str]) -> str:
    """ "10,000 images of 28×28×1, 10 classes"."""
    size = "×".join(str(side) for side in images.shape[1:])
    return f"{plural(len(images), 'image')} of {size}, {plural(len(classes), 'class')}"
