"""Images that gradients make: of each class, and the least change that fools a model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..interpret import FoolingImages, class_image, fooling_image
from ..interpret.given import answers
from ..interpret.heat_maps import signed_strongest
from ..text import percent
from .heat_maps import (
    COLUMNS,
    LARGE,
    one_image,
    said_of,
    short,
    show_image,
    show_scale,
    without_math,
)
from .model_figures import FigureSubject
from .style import BLUE, RED, entitle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEPS, FEW_STEPS = 200, 60
MOST, FEW, ACROSS = 10, 5, 5


def paint_class_images(subject: FigureSubject, figure: Figure) -> None:
    """The image that ascent makes for each class; of more than ten, for those that the model says
    of the subject's image first, or the first ones; or for the one class asked about."""
    known = subject.model.signature
    large = known is not None and math.prod(known.image_shape[:2]) > LARGE
    found = class_image(
        subject.model, _classes(subject, FEW if large else MOST),
        steps=FEW_STEPS if large else STEPS,
    )  # fmt: skip
    rows, columns = -(-len(found) // ACROSS), min(ACROSS, len(found))
    figure.set_size_inches(2.3 * max(columns, 2), 2.7 * rows)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for i, axes in enumerate(panels):
        axes.set_axis_off()
        if i < len(found):
            p = f"probability {percent(float(found.probabilities[i]))}"
            entitle(axes, short(found.names[i]), f"{p}, logit {found.logits[-1, i]:.3g}")
            show_image(axes, found.images[i])
    without_math(figure)


def _classes(subject: FigureSubject, most: int) -> list[int] | None:
    """Those to draw; None for all."""
    if subject.target is not None:
        return [subject.target]
    if len(subject.classes) <= most:
        return None
    if subject.image is None:
        return list(range(most))
    p = answers(subject.model, one_image(subject))[0]
    best: list[int] = np.argsort(-p, kind="stable")[:most].tolist()
    return best


def paint_fooling(subject: FigureSubject, figure: Figure) -> None:
    """The image, the smallest change, their sum, and the probabilities before and after."""
    image = one_image(subject)
    found = fooling_image(subject.model, image, subject.target)
    left, middle, right, bars = figure.subplots(1, COLUMNS)
    before, after = (short(found.class_names[k]) for k in (found.before[0], found.after[0]))
    truth = said_of(subject).replace("the class asked about", "predicted")
    entitle(left, f"{before}, {percent(float(found.probabilities_before[0]))}", truth)
    show_image(left, found.images[0] - found.changes[0])
    norm = f"norm {found.norms[0]:.3g}, largest {found.largest[0]:.2g} of 1"
    entitle(middle, "Smallest change found", norm)
    change = signed_strongest(found.changes)[0]
    limit = float(np.abs(change).max()) or 1.0
    shown = middle.imshow(change, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    middle.set_axis_off()
    show_scale(middle, shown, [-limit, 0, limit])
    fooled = "their sum" if found.fooled[0] else "their sum, which does not fool the model"
    entitle(right, f"{after}, {percent(float(found.probabilities_after[0]))}", fooled)
    show_image(right, found.images[0])
    _show_probabilities(bars, subject, found)
    without_math(figure)


def _show_probabilities(axes: Axes, subject: FigureSubject, found: FoolingImages) -> None:
    both = np.concatenate([found.images - found.changes, found.images])
    p = answers(subject.model, both.clip(0, 1))
    order = np.argsort(-p.max(axis=0), kind="stable")[:5]
    entitle(axes, "Probabilities", "the classes that are highest")
    place = np.arange(len(order))
    axes.barh(place - 0.2, p[0, order], 0.38, color=BLUE, label="before")
    axes.barh(place + 0.2, p[1, order], 0.38, color=RED, label="after")
    axes.set_yticks(place, [short(found.class_names[k]) for k in order], fontsize=8)
    axes.set_xlim(0, 1)
    axes.tick_params(axis="x", labelsize=7)
    axes.invert_yaxis()
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    axes.set_box_aspect(0.8)
