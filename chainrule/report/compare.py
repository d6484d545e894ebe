"""Runs beside one another as one HTML file: results, whether they differ, settings and curves."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..files import atomic_write
from ..markup import Child, Markup, el
from ..printable import printable
from ..text import percent, plural
from .comparison import Comparison, RunFacts, curve, pair_row, result_row
from .curves import CURVE, Series, responsive
from .document import document
from .svg import draw
from .words import as_text, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = ("#01f001", "#02f002", "#03f003", "#04f004", "#05f005", "#06f006", "#07f007", "#08f008")
"""Stand for the page's own, which differ by theme; beyond them, lines are dashed."""

DASHES = ("-", "--", ":", "-.")

STYLE = """
:root {
  --run-1: #2f68d8; --run-2: #c2571a; --run-3: #18794e; --run-4: #9333b8;
  --run-5: #c4302b; --run-6: #0b7285; --run-7: #8a6100; --run-8: #5f6b7a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --run-1: #7ea9ff; --run-2: #f0a45d; --run-3: #57cf94; --run-4: #d79bf0;
    --run-5: #ff8078; --run-6: #5cc9dc; --run-7: #e0c050; --run-8: #aab4c2;
  }
}
.wide { overflow-x: auto; }
.wide th, .wide td { padding-right: 24px; }
.wide td, .wide thead th { white-space: nowrap; text-align: right; }
.wide thead th:first-child, .wide .words { text-align: left; }
.wide tbody th { min-width: 11em; max-width: 16em; }
.wide td.words { white-space: normal; min-width: 9em; max-width: 28em; overflow-wrap: anywhere; }
.wide .bar { width: 130px; }
@media (max-width: 640px) {
  .wide th, .wide td { padding-right: 14px; }
  .wide tbody th { min-width: 6.5em; }
  .wide .bar { width: 70px; }
}
"""


def write_comparison(comparison: Comparison, path: str | os.PathLike[str]) -> Path:
    """Write the page, one file that needs no network, and return its path.

    Raises InputError if it cannot be written.
    """
    atomic_write(path, page(comparison).encode("utf-8", "backslashreplace"))
    return Path(path)


def page(comparison: Comparison) -> str:
    """The whole document."""
    names = ", ".join(run.name for run in comparison.runs)
    header = el(
        "header",
        el("p", "chainrule · comparison", class_="brand"),
        el("h1", names),
        el("p", plural(len(comparison.runs), "run")),
    )
    parts = (_results, _tests, _learning, _settings)
    main = el("main", header, [part(comparison) for part in parts])
    return document(f"{names} · comparison · chainrule", main, style=STYLE)


def _table(
    header: Sequence[str], rows: Sequence[Sequence[Child]], words: Container[int] = ()
) -> Markup:
    """A table that scrolls on its own where it is wider than the page. The columns ``words`` are
    no numbers."""

    def kind(place: int) -> str | None:
        return "words" if place in words else None

    head = [el("th", name, scope="col", class_=kind(i)) for i, name in enumerate(header)]
    body = [
        el(
            "tr",
            el("th", first, scope="row"),
            [el("td", cell, class_=kind(i)) for i, cell in enumerate(others, start=1)],
        )
        for first, *others in rows
    ]
    table = el("table", el("thead", el("tr", head)), el("tbody", body))
    return el("div", table, class_="wide")


def _results(comparison: Comparison) -> Markup:
    header = ("Run", "Test accuracy", "95% interval", "", "Test loss", "Best validation", "Last",
              "Parameters", "Training time")  # fmt: skip
    known = [run.interval for run in comparison.runs if run.test == run.test]
    low, high = min((i[0] for i in known), default=0), max((i[1] for i in known), default=1)
    rows: list[list[Child]] = []
    for run in comparison.runs:
        accuracy, interval, *others = result_row(run)
        rows.append([run.name, accuracy, interval, _bar(run, low, high), *others])
    said = "Test accuracies are those of the weights that were kept."
    if known:
        said += f" The bars go from {percent(low)} to {percent(high)}."
    return el("section", el("h2", "Results"), el("p", said), _table(header, rows, words={3}))


def _bar(run: RunFacts, low: float, high: float) -> Child:
    """The accuracy with its interval, between the lowest and the highest of all."""
    if run.test != run.test:
        return None
    test, start, end = (100 * (x - low) / ((high - low) or 1) for x in (run.test, *run.interval))
    return el(
        "div",
        el("i", style=f"width:{test:.2f}%"),
        el("b", style=f"left:{start:.2f}%;width:{end - start:.2f}%"),
        class_="bar",
    )


def _tests(comparison: Comparison) -> Markup:
    header = ("Runs", "Verdict", "Only first right", "Only second right", "p", "p, Holm")
    rows = [
        [names, says, *numbers]
        for names, *numbers, says in (pair_row(comparison, pair) for pair in comparison.pairs)
    ]
    return el(
        "section",
        el("h2", "Is one better?"),
        el("p", "McNemar's test, on the test images that one run alone answered right."),
        _table(header, rows, words={1}),
    )


def _learning(comparison: Comparison) -> Markup | None:
    drawn = (
        ("Validation accuracy", "validation_accuracy", percent),
        ("Validation loss", "validation_loss", short),
        ("Training loss", "loss", short),
    )
    figures = [
        el("figure", el("h3", name), svg)
        for name, key, word in drawn
        if (svg := curves(name, key, comparison.runs, word)) is not None
    ]
    if not figures:
        return None
    legend = [
        el("span", run.name, data_series=run.name, style=f"--swatch:{_color(i)}")
        for i, run in enumerate(comparison.runs)
    ]
    return el(
        "section",
        el("h2", "Learning"),
        el("div", legend, class_="legend"),
        el("div", figures, class_="curves"),
    )


def _color(run: int) -> str:
    return f"var(--run-{run % len(COLORS) + 1})"


def curves(
    title: str, key: str, runs: Sequence[RunFacts], word: Callable[[float], str]
) -> Markup | None:
    """The curves of all runs in one drawing; None without a number to draw."""
    shown = [
        (i, Series(run.name, _color(i), epochs, y, dashed=i >= len(COLORS)))
        for i, run in enumerate(runs)
        if np.isfinite((line := curve(run.history, key))[1]).any()
        for epochs, y in [line]
    ]
    if not shown:
        return None
    drawn: list[Axes] = []

    def paint(figure: Figure) -> None:
        from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

        axes = figure.add_subplot()
        drawn.append(axes)
        for i, line in shown:
            axes.plot(
                line.epochs, line.values, color=COLORS[i % len(COLORS)],
                linestyle=DASHES[i // len(COLORS) % len(DASHES)],
                marker="o" if len(line.epochs) <= 30 else None, markersize=3.5,
            )  # fmt: skip
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        every = np.concatenate([line.values[np.isfinite(line.values)] for _, line in shown])
        if "loss" in key and every.min() > 0 and every.max() > 20 * every.min():
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5)))
            axes.yaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: word(y)))
        axes.grid(axis="x", visible=False)

    told = "; ".join(
        f"{printable(line.name)} to {word(line.values[np.isfinite(line.values)][-1])}"
        for _, line in shown
    )
    svg = draw(paint, CURVE, f"{title} by epoch. {told}.")
    for i, color in enumerate(COLORS):
        svg = Markup(svg.replace(color, _color(i)))
    return responsive(svg, title, drawn[0], [line for _, line in shown])


def _settings(comparison: Comparison) -> Markup:
    rows = [
        [path, *(el("code", as_text(value)) for value in values)]
        for path, values in comparison.settings.items()
    ]
    header = ("Setting", *(run.name for run in comparison.runs))
    table = _table(header, rows, words=range(1, len(header)))
    same = el("p", "None: all settings are the same.")
    return el("section", el("h2", "What differs"), table if rows else same)
