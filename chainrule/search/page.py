"""The results of a search as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..markup import Child, Markup, el
from ..report.document import document
from ..report.svg import TRAIN, VALIDATION, draw
from ..text import duration, percent, plural
from ..types import Array
from .plan import PRUNERS, SAMPLERS, Plan
from .results import Row, by_host, complete, pareto, tied
from .searching import short
from .space import Dimension

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 200
STYLE = """
.wide { overflow-x: auto; }
.wide th, .wide td { padding-right: 20px; text-align: right; white-space: nowrap; }
.wide thead th:first-child, .wide tbody th { text-align: left; }
.wide + p { margin-top: 12px; }
.plot { margin: 8px 0 20px; overflow-x: auto; }
.plot svg { width: 100%; height: auto; min-width: 420px; max-width: 900px; }
.best td, .best th { font-weight: 600; }
"""


def page(name: str, plan: Plan, found: Sequence[Row], importances: Mapping[str, float],
         notes: Sequence[str]) -> str:  # fmt: skip
    """The whole document: table, parallel coordinates, heat map, importance, Pareto front."""
    header = el(
        "header",
        el("p", "chainrule · search", class_="brand"),
        el("h1", name),
        el("p", f"{plural(len(found), 'trial')}, {plan.sampler}: {SAMPLERS[plan.sampler]}."),
        el("p", f"Pruning: {PRUNERS[plan.pruner]}.") if plan.pruner != "none" else None,
    )
    parts = [
        el("section", el("h2", "What was found"), [el("p", note) for note in notes]),
        el("section", el("h2", "Trials"), _table(plan, found)),
        _hosts(found),
        _figure("Every setting and its accuracy", parallel(plan, found)),
        _figure("Two settings", heat_map(plan, found, importances)),
        _figure("Importance", _bars(importances)),
        _figure("Accuracy against seconds", front(found)),
    ]
    return document(f"{name} · search · chainrule", el("main", header, parts), style=STYLE)


def _figure(title: str, svg: Markup | None) -> Markup | None:
    return None if svg is None else el(
        "section", el("h2", title), el("figure", svg, class_="plot")
    )  # fmt: skip


def _table(plan: Plan, found: Sequence[Row]) -> Markup:
    names = [dimension.name for dimension in plan.space]
    head = [el("th", name, scope="col") for name in HEADER + names]
    best = {row.number for row in tied(found)}
    body: list[Child] = [
        el(
            "tr",
            el("th", cells[0], scope="row"),
            [el("td", cell) for cell in cells[1:]],
            class_="best" if row.number in best else None,
        )
        for row in found[:MOST_ROWS]
        for cells in [row_cells(row, names)]
    ]
    return el("div", el("table", el("thead", el("tr", head)), el("tbody", body)), class_="wide")


def _hosts(found: Sequence[Row]) -> Markup | None:
    """Where the trials were trained, if that was on several hosts or in several workers' turns."""
    moved = [row for row in found if len(row.workers) > 1]
    counts = by_host(found)
    if len(counts) < 2 and not moved:
        return None
    head = el("tr", [el("th", name, scope="col") for name in counts[0]])
    body = [
        el("tr", el("th", host, scope="row"), [el("td", str(count)) for count in rest])
        for host, *rest in (row.values() for row in counts)
    ]
    return el(
        "section",
        el("h2", "Hosts"),
        el("div", el("table", el("thead", head), el("tbody", body)), class_="wide"),
        [el("p", moves(row)) for row in moved[:MOST_ROWS]],
    )


def moves(row: Row) -> str:
    """Who has worked on a trial, one after the other."""
    begun = row.workers[0]
    told = [f"Trial {row.number:04} was started on {begun['host']}"]
    for worker in row.workers[1:]:
        epoch = worker.get("from_epoch")
        since = f" from epoch {epoch}" if epoch else " from the start" if epoch == 0 else ""
        told.append(f"resumed{since} on {worker['host']}")
    return ", ".join(told) + "."


HEADER = ["trial", "validation", "state", "epochs", "seconds"]


def row_cells(row: Row, names: Sequence[str]) -> list[str]:
    """A trial as a row of text: `HEADER`, and its values."""
    return [
        f"{row.number:04}",
        "–" if row.accuracy is None else percent(row.accuracy, 2),
        row.problem or row.state,
        "–" if row.epochs is None else str(row.epochs),
        "–" if row.seconds is None else duration(row.seconds),
        *(short(row.values.get(name, "–")) for name in names),
    ]


def _scale(dimension: Dimension, values: Sequence[Any]) -> tuple[Array, list[tuple[float, str]]]:
    """(heights in 0..1, ticks) of the values of one setting."""
    if dimension.form == "choice":
        last = max(1, len(dimension.values) - 1)
        ticks = [(i / last, short(value)) for i, value in enumerate(dimension.values)]
        return np.array([dimension.values.index(v) / last for v in values]), ticks
    low, high = (np.log(end) if dimension.is_log else end for end in dimension.bounds)
    scaled = [(np.log(v) if dimension.is_log else v) for v in values]
    ends = [(0.0, short(dimension.bounds[0])), (1.0, short(dimension.bounds[1]))]
    return (np.array(scaled) - low) / (high - low), ends


def parallel(plan: Plan, found: Sequence[Row]) -> Markup | None:
    """A line a trial through its values, colored by its accuracy; the best one thick."""
    shown = [
        row for row in found if row.accuracy is not None and len(row.values) == len(plan.space)
    ]
    if len(shown) < 2:
        return None
    accuracies = np.array([row.accuracy for row in shown], float)
    low, high = float(accuracies.min()), float(accuracies.max())
    heights = (accuracies - low) / ((high - low) or 1)
    columns = [_scale(d, [row.values[d.name] for row in shown]) for d in plan.space]
    columns.append((heights, [(0.0, percent(low)), (1.0, percent(high))]))
    names = [d.name for d in plan.space] + ["validation accuracy"]

    def paint(figure: Figure) -> None:
        import matplotlib as mpl

        axes = figure.add_subplot()
        for i in reversed(range(len(shown))):
            axes.plot(
                range(len(columns)), [column[i] for column, _ in columns],
                color=mpl.colormaps["viridis"](heights[i] * 0.9), linewidth=3 if i == 0 else 1.2,
                alpha=1 if i == 0 else 0.7,
            )  # fmt: skip
        for x, (_, ticks) in enumerate(columns):
            axes.axvline(x, color="#888888", linewidth=0.8)
            for y, said in ticks:
                axes.annotate(said, (x, y), (5, 3), textcoords="offset points", fontsize=7.5)
        axes.set_xticks(range(len(names)), names)
        axes.set_yticks([])
        axes.set_xlim(-0.15, len(names) - 0.6)
        axes.grid(visible=False)

    size = (2.2 + 1.7 * len(columns), 3.6)
    return draw(paint, size, f"Parallel coordinates of {plural(len(shown), 'trial')}")


def heat_map(plan: Plan, found: Sequence[Row], importances: Mapping[str, float]) -> Markup | None:
    """Accuracy over the two settings that matter most: a cell each of choices, points of ranges."""
    shown = [row for row in found if row.accuracy is not None]
    order = [*importances, *(d.name for d in plan.space if d.name not in importances)]
    by_name = {d.name: d for d in plan.space}
    if len(order) < 2 or len(shown) < 3:
        return None
    across, up = by_name[order[0]], by_name[order[1]]
    xs, x_ticks = _scale(across, [row.values[across.name] for row in shown])
    ys, y_ticks = _scale(up, [row.values[up.name] for row in shown])
    accuracies = [row.accuracy or 0.0 for row in shown]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        dots = axes.scatter(xs, ys, c=accuracies, cmap="viridis", s=220, marker="s")
        for x, y, accuracy in zip(xs, ys, accuracies, strict=True):
            axes.annotate(percent(accuracy or 0), (x, y), (0, -15), textcoords="offset points",
                          ha="center", fontsize=6.5)  # fmt: skip
        axes.set_xticks([at for at, _ in x_ticks], [said for _, said in x_ticks])
        axes.set_yticks([at for at, _ in y_ticks], [said for _, said in y_ticks])
        axes.set_xlabel(across.name)
        axes.set_ylabel(up.name)
        axes.margins(0.12)
        bar = figure.colorbar(dots, ax=axes)
        bar.ax.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.4g}%")

    return draw(paint, (6.4, 4.0), f"Validation accuracy by {across.name} and {up.name}")


def _bars(importances: Mapping[str, float]) -> Markup | None:
    if not importances:
        return None

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.barh(range(len(importances)), list(importances.values()), color=TRAIN)
        axes.set_yticks(range(len(importances)), list(importances))
        axes.invert_yaxis()
        axes.xaxis.set_major_formatter(lambda x, _: f"{100 * x:.3g}%")
        axes.grid(axis="y", visible=False)

    return draw(paint, (6.4, 0.9 + 0.4 * len(importances)), "Importance of the settings")


def front(found: Sequence[Row]) -> Markup | None:
    """Accuracy against seconds, and the line of the trials that none beats in both."""
    ended = [row for row in complete(found) if row.seconds is not None]
    if len(ended) < 2:
        return None
    best = pareto(found)

    def paint(figure: Figure) -> None:
        axes: Axes = figure.add_subplot()
        axes.plot([r.seconds or 0 for r in ended], [r.accuracy or 0 for r in ended], "o",
                  color=TRAIN, alpha=0.5, markersize=4)  # fmt: skip
        axes.plot([r.seconds or 0 for r in best], [r.accuracy or 0 for r in best], "o-",
                  color=VALIDATION, drawstyle="steps-post", markersize=5)  # fmt: skip
        for row in best:
            axes.annotate(f"{row.number:04}", (row.seconds or 0, row.accuracy or 0), (4, 4),
                          textcoords="offset points", fontsize=7)  # fmt: skip
        axes.set_xlabel("seconds of the training")
        axes.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.4g}%")

    return draw(paint, (6.4, 3.6), "Pareto front of validation accuracy against seconds")
