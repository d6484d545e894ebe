"""Test images with what the model made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.formats.thumbnails import data_uri
from ..markup import Markup, el
from ..random import generator
from ..text import percent
from ..types import Array

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..metrics import Evaluation

RANDOM, WORST = 10, 10


def random_images(evaluation: Evaluation, test: Dataset, seed: int) -> Markup:
    """Ten test images drawn by ``seed``: neither chosen nor sorted."""
    drawn = generator("report", seed).permutation(len(test))[:RANDOM]
    return _gallery(evaluation, test, drawn)


def worst_mistakes(evaluation: Evaluation, test: Dataset) -> Markup | None:
    """The wrong answers given with the highest probability; None where all were right."""
    predicted = evaluation.predicted
    wrong = np.flatnonzero((predicted != test.labels) & (predicted >= 0))
    sure = evaluation.probabilities[wrong, predicted[wrong]]
    worst = wrong[np.argsort(-sure, kind="stable")][:WORST]
    return _gallery(evaluation, test, worst) if len(worst) else None


def _gallery(evaluation: Evaluation, test: Dataset, indices: Array) -> Markup:
    cards = [_card(evaluation.probabilities[n], test, int(n)) for n in indices]
    return el("div", cards, class_="gallery")


def _card(p: Array, test: Dataset, n: int) -> Markup:
    true = test.classes[test.labels[n]]
    if np.isnan(p).any():
        answer, chance, right = "no answer", "", False
        share = 0.0
    else:
        best = int(p.argmax())
        answer, share, right = test.classes[best], float(p[best]), best == test.labels[n]
        chance = percent(share)
    verdict = "right" if right else "wrong"
    name = test.name_of(n)
    described = f"{name}: {true}, predicted {answer} {chance}".strip()
    return el(
        "figure",
        el("img", src=data_uri(test.images[n]), alt=described, title=described),
        el(
            "figcaption",
            el("span", el("span", "✓ " if right else "✗ ", aria_hidden="true"), answer),
            el("span", el("i", style=f"width:{100 * share:.1f}%"), class_="meter"),
            el("small", el("b", chance), " right" if right else f" is {true}"),
            el("small", name.rpartition("/")[2], class_="file"),
        ),
        class_=f"image {verdict}",
        tabindex="0",
    )
