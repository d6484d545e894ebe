"""The drawing of a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..markup import Markup
from ..printable import printable
from ..text import plural
from ..types import Array
from .svg import INK, MUTED, draw
from .words import clip

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RIGHT, WRONG = (47, 104, 216), (208, 58, 48)
MOST_CLASSES_DRAWN = 200


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
