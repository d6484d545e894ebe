"""The page of a report, from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from ..markup import Child, Markup, el
from ..text import duration, percent, plural
from .figures import (
    MOST_CLASSES_DRAWN,
    History,
    accuracy_curves,
    column,
    confusion_figure,
    learning_rate_curve,
    loss_curves,
)
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


def page(facts: Facts) -> str:
    """The whole document: one file that loads nothing."""
    style = resources.files(__package__).joinpath("style.css").read_text("utf-8")
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"{facts.name} · chainrule"),
        el("style", Markup(style)),
    )
    parts = (title, headline, learning, examples, mistakes, classes, record)
    body = el("body", el("main", [part(facts) for part in parts]))
    return f"<!doctype html>\n{el('html', head, body, lang='en')}\n"


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
    if history:
        tiles.append(("Epochs", f"{len(history):,}"))
    return [*tiles, ("Seed", str(facts.seed))]


def learning(facts: Facts) -> Markup | None:
    """Curves of loss, accuracy and learning rate."""
    drawn = (
        ("Loss", loss_curves(facts.history)),
        ("Accuracy", accuracy_curves(facts.history)),
        ("Learning rate", learning_rate_curve(facts.history)),
    )
    figures = [el("figure", el("h3", name), svg) for name, svg in drawn if svg is not None]
    if not figures:
        return None
    legend = [el("span", "training", style="--swatch:var(--train)")]
    said = [f"{plural(len(facts.history), 'epoch')}."]
    validation = column(facts.history, "validation_accuracy")
    if np.isfinite(validation).any():
        legend.append(el("span", "validation", style="--swatch:var(--validation)"))
    if kept := _kept_weights(facts):
        said.append(kept)
    return el(
        "section",
        el("h2", "Learning"),
        el("p", " ".join(said)),
        el("div", legend, class_="legend"),
        el("div", figures, class_="curves"),
    )


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
