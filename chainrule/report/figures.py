"""The drawings of a report: learning curves and the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..markup import Markup
from ..printable import printable
from ..text import percent, plural
from ..types import Array
from .svg import INK, MUTED, TRAIN, VALIDATION, draw
from .words import clip, number, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

History = Sequence[Mapping[str, Any]]

CURVE = (4.4, 2.7)  # inches: the font size then suits a third of a wide page
RIGHT, WRONG = (47, 104, 216), (208, 58, 48)
MOST_CLASSES_DRAWN = 200
BEYOND = 1e38
"""float32 ends there: a training that comes to it has diverged, and axes cannot be laid out."""


def loss_curves(history: History) -> Markup | None:
    """Training and validation loss by epoch; None without a finite number to draw."""
    series = [
        ("training", TRAIN, column(history, "loss")),
        ("validation", VALIDATION, column(history, "validation_loss")),
    ]
    return _curves("Loss", history, series, short)


def accuracy_curves(history: History) -> Markup | None:
    """Training and validation accuracy by epoch."""
    series = [
        ("training", TRAIN, column(history, "accuracy")),
        ("validation", VALIDATION, column(history, "validation_accuracy")),
    ]
    return _curves("Accuracy", history, series, percent)


def learning_rate_curve(history: History) -> Markup | None:
    """Learning rate by epoch."""
    return _curves("Learning rate", history, [("", TRAIN, column(history, "lr"))], short)


def column(history: History, name: str) -> Array:
    """One column of the history as float64, NaN where it is missing or too large to draw, and 0
    where it is too small."""
    values = np.array([number(row.get(name)) for row in history], np.float64)
    values[~(np.abs(values) < BEYOND)] = np.nan
    values[np.abs(values) < 1 / BEYOND] = 0
    return values


def _curves(
    title: str, history: History, series: list[tuple[str, str, Array]], word: Any
) -> Markup | None:
    shown = [curve for curve in series if np.isfinite(curve[2]).any()]
    if not shown:
        return None
    epochs = column(history, "epoch")
    if not np.isfinite(epochs).all():
        epochs = np.arange(1.0, len(history) + 1)

    def paint(figure: Figure) -> None:
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        axes = figure.add_subplot()
        marker = "o" if len(epochs) <= 30 else None
        for _, color, y in shown:
            axes.plot(epochs, y, color=color, marker=marker, markersize=3.5)
        axes.set_xlabel("epoch")
        if len(epochs) == 1:
            axes.set_xticks(epochs, [f"{epochs[0]:g}"])
        else:
            axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        axes.grid(axis="x", visible=False)
        axes.margins(x=0.03)
        every = np.concatenate([y[np.isfinite(y)] for _, _, y in shown])
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

    return draw(paint, CURVE, f"{title} by epoch. {_summary(shown, word)}")


def _summary(shown: list[tuple[str, str, Array]], word: Any) -> str:
    """What the curves say, in words: where each starts and ends."""
    told = []
    for name, _, y in shown:
        known = y[np.isfinite(y)]
        told.append(f"{name} from {word(known[0])} to {word(known[-1])}".strip())
    text = "; ".join(told)
    return f"{text[0].upper()}{text[1:]}."


def _log_scale(axes: Axes, values: Array) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_yscale("log")
    decades = np.log10(values.max() / values.min())
    axes.yaxis.set_major_locator(LogLocator(10, subs=(1,) if decades > 3 else (1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def confusion_figure(confusion: Array, classes: Sequence[str]) -> Markup | None:
    """Rows the true class, columns the predicted one; each row shaded by its own total.

    Right answers are blue, wrong ones red and by the root of their share, so that rare mistakes
    can be seen. Counts are written into the cells of up to 30 classes. None for more classes
    than can be told apart.
    """
    k = len(classes)
    if k > MOST_CLASSES_DRAWN:
        return None
    share = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    right = np.eye(k, dtype=bool)
    alpha = np.where(right, share, np.sqrt(share))
    cells = np.empty((k, k, 4), np.uint8)
    cells[..., :3] = np.where(right[..., None], RIGHT, WRONG)
    cells[..., 3] = np.round(255 * alpha)

    side = 4.6 if k <= 12 else 6.5 if k <= 30 else 11
    font = min(9.0, 0.8 * 72 * 0.8 * side / k)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.imshow(cells, interpolation="none")
        names = [clip(printable(name), 16) for name in classes]
        upright = max(map(len, names)) * k <= 60
        axes.set_xticks(range(k), names, fontsize=font, rotation=0 if upright else 90)
        axes.set_yticks(range(k), names, fontsize=font)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        axes.tick_params(colors=INK if k <= 30 else MUTED)
        if k <= 30:
            for i, j in np.argwhere(confusion > 0):
                color = "white" if alpha[i, j] > 0.55 else INK
                count = f"{confusion[i, j]:,}"
                size = min(font, 2.1 * font / max(2.1, len(count) * 0.62))
                axes.text(j, i, count, ha="center", va="center", color=color, fontsize=size)

    correct, total = int(np.trace(confusion)), int(confusion.sum())
    label = f"Confusion matrix of {plural(k, 'class')}: {correct:,} of {total:,} on the diagonal."
    return draw(paint, (side, side * 0.97), label)
