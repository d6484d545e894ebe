"""A run beside an earlier one: what came of them, and the settings in which they differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..markup import Child, Markup, el
from ..text import duration, percent
from .words import as_text, number, percent_range, short

FIGURES = (
    ("Test accuracy", "test_accuracy", lambda share: percent(share, 2)),
    ("Test loss", "test_loss", short),
    ("Validation accuracy", "validation_accuracy", percent),
    ("Training time", "seconds", duration),
    ("Images per second", "images_per_second", "{:,.0f}".format),
    ("Epochs", "epochs", "{:,.0f}".format),
    ("Parameters", "parameters", "{:,.0f}".format),
)
ABSENT = "–"


@dataclass(frozen=True)
class Against:
    """The run that another is compared with, as its files tell it."""

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)


def section(
    other: Against, config: Mapping[str, Any], metrics: Mapping[str, Any], test: str | None
) -> Markup:
    """Two tables. ``test`` is the SHA-256 of the test images, which are to be the same ones."""
    hashes = other.metrics.get("data_sha256")
    tested_on = hashes.get("test") if isinstance(hashes, Mapping) else None
    if test and tested_on and test != tested_on:
        said = "They were tested on different images, so the test figures cannot be compared."
    else:
        said = "The curves of the other run are dashed."
    settings = [(n, as_text(a), as_text(b)) for n, a, b in differing(config, other.config)]
    figures = [
        (name, _figure(key, word, metrics), _figure(key, word, other.metrics))
        for name, key, word in FIGURES
        if not all(math.isnan(number(each.get(key))) for each in (metrics, other.metrics))
    ]
    tables = (
        ("Figures", _table("Figure", other.name, figures) if figures else el("p", "None yet.")),
        (
            "Settings that differ",
            _table("Setting", other.name, settings) if settings else el("p", "None."),
        ),
    )
    return el(
        "section",
        el("h2", f"Compared with {other.name}"),
        el("p", said),
        el("div", [el("div", el("h3", name), table) for name, table in tables], class_="panels"),
        class_="compared",
    )


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(dotted name, value in ``one``, value in ``other``) where these differ; None is absent.

    >>> differing({"lr": 1, "model": {"name": "mlp"}}, {"lr": 2, "model": {"name": "mlp", "k": 3}})
    [('lr', 1, 2), ('model.k', None, 3)]
    """
    left, right = dict(flat(one)), dict(flat(other))
    rows = ((name, left.get(name), right.get(name)) for name in {**left, **right})
    return [row for row in rows if row[1] != row[2]]


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted name, value) of all that is no table itself."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _figure(key: str, word: Any, metrics: Mapping[str, Any]) -> str:
    value = number(metrics.get(key))
    if math.isnan(value):
        return ABSENT
    interval = metrics.get(f"{key}_interval")
    if not (isinstance(interval, (list, tuple)) and len(interval) == 2):
        return str(word(value))
    return f"{word(value)} [{percent_range((number(interval[0]), number(interval[1])))}]"


def _table(of: str, other: str, rows: Sequence[tuple[str, str, str]]) -> Child:
    heads = (of, "This run", other)
    head = el("thead", el("tr", [el("th", text, scope="col") for text in heads]))
    body = [el("tr", el("th", name, scope="row"), el("td", a), el("td", b)) for name, a, b in rows]
    return el("table", head, el("tbody", body))
