"""The figure of edge, color and dead filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..interpret.filter_kinds import COLOR, EDGE, KINDS, FilterKinds, filter_kinds
from ..interpret.weights import filters
from ..text import percent, plural
from .model_figures import FigureSubject
from .pixels import kernels
from .spaces import some_of
from .strips import Strip, paint_strips

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_IMAGES = 500
ACROSS, PITCH = 24, 0.33


def paint_filter_kinds(subject: FigureSubject, figure: Figure) -> None:
    """A row of filters for each kind, with the criterion and what chance would give."""
    paint_strips(figure, filter_kind_strips(subject), label=3.3)


def filter_kind_strips(subject: FigureSubject, most: int = MOST_IMAGES) -> list[Strip]:
    """What `paint_filter_kinds` paints, from the responses to at most so many images."""
    images = None if subject.test is None else some_of(subject.test, most).images
    found = filter_kinds(subject.model, images, subject.layer)
    w = filters(subject.model, found.path)
    pictures = kernels(w)
    strips = []
    for kind in KINDS:
        members = np.flatnonzero([each == kind for each in found.kinds])
        note = criterion(kind, found, images is not None)
        title = f"{len(members)} {kind}"
        strips.append(Strip.of_tiles(title, note, pictures[members], ACROSS, PITCH))
    return strips


def criterion(kind: str, found: FilterKinds, responses: bool) -> str:
    """The rule of the kind in a few words."""
    chance = found.by_chance
    if kind == "edge":
        return f"oriented brightness ≥ {percent(EDGE, 0)}; by chance {percent(chance[kind], 0)}"
    if kind == "color":
        if found.size[2] != 3:
            return f"the images have {plural(found.size[2], 'channel')}"
        return f"color ≥ {percent(COLOR, 0)} of energy; by chance {percent(chance[kind], 0)}"
    if kind == "dead":
        return "the same response to every image" if responses else "norm < 1% of the median"
    return "none of these"
