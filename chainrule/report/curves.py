"""Learning curves: drawings that a script can read values off."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from ..markup import Markup
from ..text import percent
from ..types import Array
from .svg import THEME, TRAIN, VALIDATION, draw
from .words import number, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

History = Sequence[Mapping[str, Any]]

CURVE = (4.4, 2.7)  # inches: the font size then suits a third of a wide page
PARTS = (("training", TRAIN, ""), ("validation", VALIDATION, "validation_"))
DASHES = (3.5, 2)  # of the curves of another run
BEYOND = 1e38
"""float32 ends there: a training that comes to it has diverged, and axes cannot be laid out."""


def loss_curves(history: History, against: History = (), other: str = "other") -> Markup | None:
    """Training and validation loss by epoch; None without a finite number to draw. The curves of
    a run called ``other``, with the history ``against``, are dashed."""
    return _curves("Loss", _both(history, against, other, "loss"), short)


def accuracy_curves(history: History, against: History = (), other: str = "other") -> Markup | None:
    """Training and validation accuracy by epoch."""
    return _curves("Accuracy", _both(history, against, other, "accuracy"), percent)


def learning_rate_curve(
    history: History, against: History = (), other: str = "other"
) -> Markup | None:
    """Learning rate by epoch."""
    runs = [("", TRAIN, history, "lr", False), (other, TRAIN, against, "lr", True)]
    return _curves("Learning rate", [Series.of(*run) for run in runs], short)


def series_name(name: str, other: str = "") -> str:
    """What a legend calls a curve: "validation", or "validation, first" of a run called first."""
    return f"{name}, {other}" if other else name


@dataclass(frozen=True)
class Series:
    """A curve: what the legend calls it, and its values by epoch."""

    name: str
    color: str
    epochs: Array
    values: Array
    dashed: bool = False

    @classmethod
    def of(cls, name: str, color: str, history: History, key: str, dashed: bool) -> Series:
        epochs = column(history, "epoch")
        if not np.isfinite(epochs).all():
            epochs = np.arange(1.0, len(history) + 1)
        return cls(name, color, epochs, column(history, key), dashed)


def _both(history: History, against: History, other: str, key: str) -> list[Series]:
    return [
        Series.of(series_name(name, whose), color, rows, prefix + key, bool(whose))
        for rows, whose in ((history, ""), (against, other))
        for name, color, prefix in PARTS
    ]


def column(history: History, name: str) -> Array:
    """One column of the history as float64, NaN where it is missing or too large to draw, and 0
    where it is too small."""
    values = np.array([number(row.get(name)) for row in history], np.float64)
    values[~(np.abs(values) < BEYOND)] = np.nan
    values[np.abs(values) < 1 / BEYOND] = 0
    return values


def _curves(title: str, series: list[Series], word: Callable[[float], str]) -> Markup | None:
    shown = [curve for curve in series if np.isfinite(curve.values).any()]
    if not shown:
        return None
    drawn: list[Axes] = []

    def paint(figure: Figure) -> None:
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        axes = figure.add_subplot()
        drawn.append(axes)
        for curve in shown:
            marker = "o" if len(curve.epochs) <= 30 and not curve.dashed else None
            look: dict[str, Any] = {"linestyle": (0, DASHES), "linewidth": 1.5}
            axes.plot(
                curve.epochs, curve.values, color=curve.color, marker=marker, markersize=3.5,
                **look if curve.dashed else {},
            )  # fmt: skip
        axes.set_xlabel("epoch")
        epochs = np.unique(np.concatenate([curve.epochs for curve in shown]))
        if len(epochs) == 1:
            axes.set_xticks(epochs, [f"{epochs[0]:g}"])
        else:
            axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        axes.grid(axis="x", visible=False)
        axes.margins(x=0.03)
        every = np.concatenate([curve.values[np.isfinite(curve.values)] for curve in shown])
        if title != "Accuracy" and every.min() > 0 and every.max() > 20 * every.min():
            _log_scale(axes, every)
            return
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        if title == "Accuracy":
            axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:.4g}%"))
            spare = max(0.02 * (1 - every.min()), 0.002)
            # A curve that reaches 100 % needs room for its width and markers.
            axes.set_ylim(max(0, every.min() - 3 * spare), every.max() + spare)
        else:
            axes.set_ylim(bottom=min(0, every.min()), top=1.08 * every.max() or 1)

    svg = draw(paint, CURVE, f"{title} by epoch. {_summary(shown, word)}")
    return responsive(svg, title, drawn[0], shown)


def responsive(
    svg: Markup,
    title: str,
    axes: Axes,
    series: Sequence[Series],
    size: tuple[float, float] = CURVE,
) -> Markup:
    """A drawing of ``series`` on ``axes``, ``size`` inches, with what script.js needs in order to
    read values off it and to draw it anew. What is in the page's legend with the name of a series
    as its ``data-series`` hides that one. Call it last: before, axes have no place yet."""
    place = axes.get_position()
    width, height = (72 * side for side in size)
    box = (width * place.x0, height * (1 - place.y1), width * place.width, height * place.height)
    plot = {
        "title": title,
        "percent": title.lower().endswith("accuracy"),
        "box": [round(float(side), 2) for side in box],
        "limits": _numbers((*axes.get_xlim(), *axes.get_ylim())),
        "log": axes.get_yscale() == "log",
        "series": [
            {
                "name": curve.name,
                "color": THEME.get(curve.color, curve.color),
                "dashed": curve.dashed,
                "points": _points(curve),
            }
            for curve in series
        ],
    }
    text = escape(json.dumps(plot, separators=(",", ":")))
    return Markup(svg.replace("<svg ", f'<svg data-plot="{text}" ', 1))


def _points(curve: Series) -> list[list[float]]:
    known = np.isfinite(curve.values)
    return [_numbers(pair) for pair in zip(curve.epochs[known], curve.values[known], strict=True)]


def _numbers(values: Iterable[float]) -> list[float]:
    """With six digits, more than a screen shows; whole ones without a point."""
    rounded = (float(f"{value:.6g}") for value in values)
    return [int(v) if v.is_integer() and abs(v) < 1e9 else v for v in rounded]


def _summary(shown: list[Series], word: Callable[[float], str]) -> str:
    """What the curves say, in words: where each starts and ends."""
    told = []
    for curve in shown:
        known = curve.values[np.isfinite(curve.values)]
        told.append(f"{curve.name} from {word(known[0])} to {word(known[-1])}".strip())
    text = "; ".join(told)
    return f"{text[0].upper()}{text[1:]}."


def _log_scale(axes: Axes, values: Array) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_yscale("log")
    decades = np.log10(values.max() / values.min())
    axes.yaxis.set_major_locator(LogLocator(10, subs=(1,) if decades > 3 else (1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
