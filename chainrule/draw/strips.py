"""Pictures below one another, each with its name on the left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..printable import printable
from ..types import Array
from .pixels import mosaic
from .style import muted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 11.5  # inches
LABEL = 2.3  # inches of the names
GAP = 0.16  # inches
ROOM = WIDTH - LABEL - GAP


@dataclass(frozen=True)
class Strip:
    """A picture RGBA uint8 (h, w, 4), ``height`` inches tall, and what it is called."""

    title: str
    note: str
    picture: Array
    height: float

    @classmethod
    def of_tiles(cls, title: str, note: str, images: Array, columns: int, pitch: float) -> Strip:
        """Images RGB (n, H, W, 3), ``columns`` in a row, one every ``pitch`` inches."""
        if not len(images):
            return cls(title, note, np.zeros((1, 1, 4), np.uint8), pitch)
        h, w = images.shape[1:3]
        rows = -(-len(images) // columns)
        return cls(title, note, mosaic(images, columns), pitch * rows * h / w)


def paint_strips(figure: Figure, strips: Sequence[Strip], label: float = LABEL) -> None:
    """The strips from top to bottom; the figure becomes as tall as they need."""
    room = WIDTH - label - GAP
    fitted = [
        (strip, min(strip.height, room * strip.picture.shape[0] / strip.picture.shape[1]))
        for strip in strips
    ]
    tall = [max(height, 0.34) for _, height in fitted]
    height = sum(tall) + GAP * (len(tall) + 1)
    figure.set_layout_engine("none")  # the places are given
    figure.set_size_inches(WIDTH, height)
    top = height - GAP
    for (strip, inches), row in zip(fitted, tall, strict=True):
        h, w = strip.picture.shape[:2]
        wide = inches * w / h
        bottom = top - row / 2 - inches / 2
        axes = figure.add_axes((label / WIDTH, bottom / height, wide / WIDTH, inches / height))
        axes.imshow(strip.picture, interpolation="none", aspect="auto")
        axes.set_axis_off()
        beside: dict[str, Any] = {
            "xycoords": "axes fraction", "textcoords": "offset points", "ha": "right",
        }  # fmt: skip
        title, note = (
            ending(strip.title, int(11.5 * label)),
            clipped(strip.note, int(18.5 * label)),
        )
        axes.annotate(
            title, (0, 0.5), (-9, 2 if note else -3), fontweight="bold", fontsize=9.5, **beside
        )
        axes.annotate(note, (0, 0.5), (-9, -9), color=muted(), fontsize=7.5, **beside)
        top -= row + GAP


def ending(text: str, most: int) -> str:
    """The text with its beginning cut off where it is too long, such as that of a path."""
    said = printable(text)
    return said if len(said) <= most else f"…{said[len(said) - most + 1 :]}"


def clipped(text: str, most: int) -> str:
    """The text as it can be shown, with its end cut off where it is too long."""
    said = printable(text)
    return said if len(said) <= most else f"{said[: most - 1]}…"
