"""Test images with what the model made of them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np

from ..data.formats.images import write_png
from ..random import generator
from ..text import percent
from ..types import Array
from .markup import Markup, el

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..metrics import Evaluation

LARGEST = 64  # pixels a side in the file: twenty noisy images then stay below 400 kB
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


def data_uri(image: Array) -> str:
    """An image uint8 (H, W, C) as a ``data:`` address, at most LARGEST pixels a side."""
    from PIL import Image

    if image.shape[2] not in (1, 3):
        image = image[..., :1]
    h, w, _ = image.shape
    if max(h, w) > LARGEST:
        scale = LARGEST / max(h, w)
        size = max(1, round(w * scale)), max(1, round(h * scale))
        gray = image.shape[2] == 1
        small = Image.fromarray(image[..., 0] if gray else image).resize(size)
        image = np.array(small).reshape(size[1], size[0], -1)
    return "data:image/png;base64," + base64.b64encode(write_png(image)).decode()


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
