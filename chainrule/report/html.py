"""The page of a report, from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..markup import Child, Markup, el
from ..text import duration, percent, plural
from . import against as comparison
from . import card
from . import inside as inner
from .advice import Advice
from .curves import (
    PARTS,
    History,
    accuracy_curves,
    column,
    learning_rate_curve,
    loss_curves,
    series_name,
)
from .document import document
from .figures import MOST_CLASSES_DRAWN, confusion_figure
from .svg import THEME
from .tables import describe, frequent_mistakes, per_class_tables, settings
from .thumbnails import random_images, worst_mistakes
from .words import number, percent_range, short

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..metrics import Evaluation

SIDE_BY_SIDE = 12  # classes up to which the matrix fits beside a table
FINE = 5_000  # images from which a hundredth of a per cent can be told


@dataclass(frozen=True)
class Facts:
    """All that a report tells, gathered by whoever ran the training."""

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    history: History = ()
    evaluation: Evaluation | None = None
    test: Dataset | None = None
    machine: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, Any] = field(default_factory=dict)
    data_hashes: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    against: comparison.Against | None = None
    advice: Sequence[Advice] | None = None
    inside: Sequence[inner.Panel] = ()


def page(facts: Facts) -> str:
    """The whole document: one file that loads nothing."""
    parts = (
        title,
        headline,
        next_steps,
        compared,
        learning,
        examples,
        mistakes,
        classes,
        inside,
        record,
    )
    return document(f"{facts.name} · chainrule", el("main", [part(facts) for part in parts]))


def title(facts: Facts) -> Markup:
    about = ""
    if facts.test is not None:
        test = facts.test
        about = f"Tested on {test.name}: {describe(test.images, test.classes)}"
    return el(
        "header",
        el("p", "chainrule · training report", class_="brand"),
        el("h1", facts.name),
        el("p", about),
    )


def compared(facts: Facts) -> Child:
    """This run beside the one that it is compared with."""
    if facts.against is None:
        return None
    test = facts.data_hashes.get("test")
    return comparison.section(facts.against, facts.config, facts.metrics, test)


def next_steps(facts: Facts) -> Child:
    """What the figures say to try next."""
    return None if facts.advice is None else card.section(facts.advice)


def headline(facts: Facts) -> Child:
    """The result in large figures, and what it cost."""
    tiles = el("dl", [el("div", el("dt", k), el("dd", v)) for k, v in _tiles(facts)])
    result = facts.evaluation
    if result is None or facts.test is None:
        notice = (
            "No test result: the training stopped before its end, or the model has not been "
            "evaluated yet. What is known so far is below."
        )
        return [el("section", el("p", notice), class_="notice"), el("section", tiles)]
    digits = 2 if result.count >= FINE else 1
    commonest = np.bincount(facts.test.labels).max() / result.count
    guess = f"Always predicting the most frequent class: {percent(commonest)}"
    return el(
        "section",
        el(
            "div",
            el("div", "Test accuracy", class_="name"),
            el("div", percent(result.accuracy, digits), class_="value"),
            el("div", f"95% interval {percent_range(result.interval, digits)}", class_="interval"),
            el("small", guess),
            class_="hero",
        ),
        tiles,
        class_="headline",
    )


def _tiles(facts: Facts) -> list[tuple[str, str]]:
    metrics, history = facts.metrics, facts.history
    tiles = []
    if facts.evaluation is not None:
        tiles.append(("Test loss", short(facts.evaluation.loss)))
        count = facts.evaluation.count
        tiles.append(("Mistakes", f"{count - round(facts.evaluation.accuracy * count):,}"))
    if not math.isnan(seconds := number(metrics.get("seconds"))):
        tiles.append(("Training time", duration(seconds)))
    if not math.isnan(speed := number(metrics.get("images_per_second"))):
        tiles.append(("Images per second", f"{speed:,.0f}"))
    if not math.isnan(parameters := number(metrics.get("parameters"))):
        tiles.append(("Parameters", f"{parameters:,.0f}"))
    if len(history):
        tiles.append(("Epochs", f"{len(history):,}"))
    return [*tiles, ("Seed", str(facts.seed))]


def learning(facts: Facts) -> Markup | None:
    """Curves of loss, accuracy and learning rate."""
    other = facts.against or comparison.Against("")
    runs = facts.history, other.history, other.name
    drawn = (
        ("Loss", loss_curves(*runs)),
        ("Accuracy", accuracy_curves(*runs)),
        ("Learning rate", learning_rate_curve(*runs)),
    )
    figures = [el("figure", el("h3", name), svg) for name, svg in drawn if svg is not None]
    if not figures:
        return None
    legend = [*_legend(facts.history), *_legend(other.history, other.name)]
    said = [f"{plural(len(facts.history), 'epoch')}."]
    if kept := _kept_weights(facts):
        said.append(kept)
    return el(
        "section",
        el("h2", "Learning"),
        el("p", " ".join(said)),
        el("div", legend, class_="legend"),
        el("div", figures, class_="curves"),
    )


def _legend(history: History, run: str = "") -> Iterator[Markup]:
    """An entry for each kind of curve that a history has; of another ``run``, those are dashed."""
    for part, color, prefix in PARTS:
        if any(np.isfinite(column(history, prefix + key)).any() for key in ("loss", "accuracy")):
            name, look = series_name(part, run), f"--swatch:{THEME[color]}"
            yield el("span", name, data_series=name, style=look, class_="dashed" if run else None)


def _kept_weights(facts: Facts) -> str:
    """Which epoch the weights are of that were kept, where ``metrics`` knows it: of equal ones, and
    with averages of weights, it need not be the first with the highest accuracy."""
    validation = column(facts.history, "validation_accuracy")
    epochs = [number(row.get("epoch", i)) for i, row in enumerate(facts.history, start=1)]
    kept = number(facts.metrics.get("best_epoch"))
    if not math.isnan(kept):
        reached = validation[epochs.index(kept)] if kept in epochs else math.nan
        known = f", with a validation accuracy of {percent(reached)}" if reached == reached else ""
        return f"The weights kept are those of epoch {kept:.0f}{known}."
    if not np.isfinite(validation).any():
        return ""
    best = int(np.nanargmax(validation))
    return f"Best validation accuracy {percent(validation[best])}, epoch {epochs[best]:.0f}."


def examples(facts: Facts) -> Markup | None:
    if facts.evaluation is None or facts.test is None:
        return None
    gallery = random_images(facts.evaluation, facts.test, facts.seed)
    told = "Drawn by the seed, not chosen: the predicted class and its probability."
    return el("section", el("h2", "Random test images"), el("p", told), gallery)


def mistakes(facts: Facts) -> Markup | None:
    if facts.evaluation is None or facts.test is None:
        return None
    gallery = worst_mistakes(facts.evaluation, facts.test)
    told = (
        "Wrong answers given with the highest probability. Some may be wrong labels. "
        "predictions.csv beside this page lists every test image."
    )
    if gallery is None:
        told = f"None: all of {plural(len(facts.test), 'test image')} were answered right."
    return el("section", el("h2", "Worst mistakes"), el("p", told), gallery)


def classes(facts: Facts) -> Child:
    """Which classes are hard, and what they are taken for."""
    result, test = facts.evaluation, facts.test
    if result is None or test is None:
        return None
    large = len(test.classes) > SIDE_BY_SIDE
    drawn = len(test.classes) <= MOST_CLASSES_DRAWN
    matrix = confusion_figure(result.confusion, test.classes) if drawn else None
    told = "Rows are true classes: blue for right answers, red for what a class was taken for."
    shown = matrix and el(
        "section",
        el("h2", "Confusion matrix"),
        el("p", told),
        el("figure", matrix, class_="matrix" if len(test.classes) <= 30 else "matrix large"),
    )
    each = el(
        "section",
        el("h2", "Classes"),
        el("p", "Hardest first. The line on each bar is the 95% interval."),
        per_class_tables(result, test.labels, test.classes),
    )
    table = frequent_mistakes(result, test.classes)
    frequent = table and el("section", el("h2", "Most frequent mistakes"), table)
    return [[shown, each] if large else el("div", shown, each, class_="row"), frequent]


def inside(facts: Facts) -> Markup | None:
    """What the model has learned."""
    return inner.section(facts.inside)


def record(facts: Facts) -> Markup:
    """Configuration, machine, versions and data: what it takes to do it again."""
    left = _panel("Configuration", facts.config)
    right = [
        _panel("Machine", facts.machine),
        _panel("Versions", facts.versions),
        _panel("Data, SHA-256", facts.data_hashes),
        _panel("Metrics", facts.metrics),
    ]
    return el(
        "section",
        el("h2", "Record"),
        el("p", "All that is needed to repeat this run."),
        el("div", el("div", left), el("div", right), class_="panels"),
    )


def _panel(name: str, values: Mapping[str, Any]) -> Markup:
    return el("div", el("h3", name), settings(values), class_="panel")
