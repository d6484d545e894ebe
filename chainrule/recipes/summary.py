"""Figures of several seeds, and the tables and plots that recipes share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

import numpy as np

from ..draw.style import BLUE, GREEN, MUTED, ORANGE, RED
from ..text import duration, percent
from .recipe import Plot, Result, Table
from .session import Session, Trained

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = (BLUE, ORANGE, GREEN, RED, "#9333b8", "#0b7285", "#8a6100", MUTED)


def spread(values: Sequence[float]) -> float | None:
    """Standard deviation; None of a single value."""
    return stdev(values) if len(values) > 1 else None


def mean_percent(values: Sequence[float]) -> str:
    """
    >>> mean_percent([0.98, 0.99]), mean_percent([0.5])
    ('98.50 ± 0.71%', '50.00%')
    """
    around = spread(values)
    if around is None:
        return percent(values[0], 2)
    return f"{100 * mean(values):.2f} ± {100 * around:.2f}%"


def accuracies(trained: Sequence[Trained]) -> list[float]:
    """The test accuracy of each."""
    return [each.accuracy for each in trained]


def seconds(trained: Sequence[Trained]) -> float:
    """The mean of the trainings."""
    return mean(each.seconds for each in trained)


def rows_of(trained: Mapping[str, Sequence[Trained]]) -> dict[str, list[dict[str, Any]]]:
    """What the result's file keeps of each training."""
    kept = ("test_accuracy", "test_loss", "validation_accuracy", "best_epoch", "epochs", "seconds",
            "images_per_second", "parameters", "commit", "data", "model")  # fmt: skip
    return {
        name: [{"seed": one.seed, **{key: one.metrics.get(key) for key in kept}} for one in every]
        for name, every in trained.items()
    }


def accuracy_table(
    trained: Mapping[str, Sequence[Trained]],
    title: str = "Test accuracy",
    reported: Mapping[str, str] | None = None,
) -> Table:
    """A row for each of ``trained``, beside what the report has for it."""
    header = [
        "",
        *(["reported"] if reported else []),
        "test",
        "validation",
        "seconds",
        "parameters",
    ]
    rows = [
        [
            name,
            *([reported.get(name, "–")] if reported else []),
            mean_percent(accuracies(every)),
            mean_percent([one.validation for one in every]),
            duration(seconds(every)),
            f"{every[0].metrics['parameters']:,}",
        ]
        for name, every in trained.items()
    ]
    return Table(title, header, rows)


def against_bar(
    session: Session, name: str, settings: Mapping[str, Any], bar: float, reported: str
) -> Result:
    """The result of one training: its mean test accuracy is to reach ``bar``."""
    trained = session.compare({name: settings})
    found = accuracies(trained[name])
    return Result(
        ours=mean_percent(found),
        reached=mean(found) >= bar,
        figures={"test_accuracies": found, "runs": rows_of(trained)},
        tables=[accuracy_table(trained, reported={name: reported})],
        plots=[curves(trained)],
        seconds=seconds(trained[name]),
    )


def column(trained: Sequence[Trained], key: str) -> np.ndarray[Any, Any]:
    """(seeds, epochs) of a column of the histories; NaN where a training ended before."""
    lines = [[_number(row.get(key)) for row in one.history] for one in trained]
    longest = max(map(len, lines))
    return np.array([line + [math.nan] * (longest - len(line)) for line in lines])


def _number(text: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan


NAMES = {
    "loss": "Training loss",
    "accuracy": "Training accuracy",
    "validation_loss": "Validation loss",
    "validation_accuracy": "Validation accuracy",
    "lr": "Learning rate",
}


def curves(
    trained: Mapping[str, Sequence[Trained]],
    keys: Sequence[str] = ("loss", "accuracy", "validation_accuracy"),
    title: str = "Learning curves",
) -> Plot:
    """A panel for each column of the histories: the mean over the seeds, within its extremes."""

    def paint(figure: Figure) -> None:
        for i, key in enumerate(keys):
            axes = figure.add_subplot(1, len(keys), i + 1)
            for j, (name, every) in enumerate(trained.items()):
                lines = column(every, key)
                epochs = np.arange(1, lines.shape[1] + 1)
                color, dashes = COLORS[j % len(COLORS)], "-" if j < len(COLORS) else "--"
                axes.plot(epochs, np.nanmean(lines, axis=0), dashes, color=color, label=name)
                if len(lines) > 1:
                    low, high = np.nanmin(lines, axis=0), np.nanmax(lines, axis=0)
                    axes.fill_between(epochs, low, high, color=color, alpha=0.15, linewidth=0)
            axes.set_title(NAMES[key], loc="left", fontsize=10)
            axes.set_xlabel("epoch")
            if "accuracy" in key:
                axes.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.4g}%")
            axes.grid(axis="x", visible=False)
        figure.axes[0].legend(frameon=False, fontsize=8)

    return Plot(title, paint, (4.4 * len(keys), 3.4))


def bars(
    values: Mapping[str, Sequence[float]], title: str, reported: Mapping[str, float] | None = None
) -> Plot:
    """Mean test accuracies with the seeds as dots; what the report has as a line."""

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for i, (name, each) in enumerate(values.items()):
            axes.barh(i, mean(each), color=COLORS[0], alpha=0.75, height=0.62)
            axes.plot(each, [i] * len(each), ".", color=MUTED, markersize=5)
            if reported and name in reported:
                axes.plot([reported[name]] * 2, [i - 0.36, i + 0.36], color=RED, linewidth=2)
            axes.annotate(
                mean_percent(each), (max(each), i), (5, 0), textcoords="offset points",
                va="center", fontsize=8,
            )  # fmt: skip
        axes.set_yticks(range(len(values)), list(values))
        axes.invert_yaxis()
        low = min(min(each) for each in values.values())
        axes.set_xlim(max(0.0, low - 0.12) if low > 0.3 else 0, 1.08)
        axes.xaxis.set_major_formatter(lambda x, _: f"{100 * x:.3g}%")
        axes.grid(axis="y", visible=False)

    return Plot(title, paint, (8.0, 0.9 + 0.42 * len(values)))


def heat_map(
    values: Sequence[Sequence[float]],
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    axes_names: tuple[str, str],
) -> Plot:
    """``values[i][j]`` of rows[i] and columns[j], each cell with its number in percent."""

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        table = np.array(values, np.float64)
        axes.imshow(table, cmap="viridis", aspect="auto")
        middle = (np.nanmin(table) + np.nanmax(table)) / 2
        for i, line in enumerate(table):
            for j, value in enumerate(line):
                shade = "white" if value < middle else "black"
                axes.text(j, i, percent(value), ha="center", va="center", color=shade, fontsize=8.5)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xticks(range(len(columns)), columns)
        axes.set_ylabel(axes_names[0])
        axes.set_xlabel(axes_names[1])
        axes.grid(visible=False)

    return Plot(title, paint, (1.8 + 1.1 * len(columns), 1.2 + 0.5 * len(rows)))
