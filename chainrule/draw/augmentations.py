"""Images as they are, and what each operation of an augmentation makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import data
from ..data.augment import OPERATIONS, Augment, Operation
from ..data.dataset import Dataset
from ..data.order import permutation
from ..types import Array
from .style import MUTED, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 12
LARGEST = 96  # pixels a side in the file
INCHES = 0.62  # of an image
LABEL = 2.8  # inches of the names
GAP = 0.1  # inches
PASSING = ("p", "border", "fill", "ratio")  # options that do not tell one row from another


def render(kind: str) -> bytes:
    """Every operation there is, on digits."""
    return render_augmentation(data.digits()[0], None, kind)


def render_augmentation(
    dataset: Dataset, augment: Augment | None, kind: str, *, seed: int = 0
) -> bytes:
    """A row of images as they are, one for each operation alone, and one for all together.

    Without ``augment`` there is a row for every operation there is, as it is if nobody says more.
    """
    rows = strips(dataset, augment, seed)
    h, w, _ = dataset.images.shape[1:]
    tall = INCHES * h / w + GAP  # inches a row
    width, height = LABEL + COLUMNS * INCHES + GAP, tall * len(rows) + GAP

    def paint(figure: Figure) -> None:
        figure.set_layout_engine("none")  # the places are given
        for i, (title, note, images) in enumerate(rows):
            bottom = height - (i + 1) * tall
            place = (LABEL, bottom, len(images) * INCHES, tall - GAP)
            left, low, wide, high = (
                inches / side for inches, side in zip(place, (width, height) * 2, strict=True)
            )
            _show(figure.add_axes((left, low, wide, high)), title, note, images)

    return rendered(paint, (width, height), kind, "augmentations")


Row = tuple[str, str, Array]


def strips(dataset: Dataset, augment: Augment | None, seed: int) -> list[Row]:
    """(title, small print, images uint8 (n, H, W, C)) of each row."""
    samples = permutation(len(dataset), "draw augmentations", seed)[:COLUMNS]
    images, labels = dataset.images[samples], dataset.labels[samples]

    def after(operations: Sequence[Operation]) -> Array:
        changed, _ = Augment(*operations)(
            images, labels, samples, seed=seed, epoch=0, classes=len(dataset.classes),
            source=dataset,
        )  # fmt: skip
        return changed

    chosen = augment.operations if augment else tuple(make() for make in OPERATIONS.values())
    rows = [("as they are", "", images)]
    rows += [(type(each).__name__, options(each), after([each])) for each in chosen]
    if augment and len(chosen) > 1:
        rows.append(("all together", "", after(chosen)))
    return rows


def options(operation: Operation) -> str:
    """The options in words: "scale 0.8 to 1.25"."""
    said = []
    if operation.p < 1:
        said.append(f"p {operation.p:g}")
    for field in fields(operation):
        value = getattr(operation, field.name)
        if field.name in PASSING or value is False or value is None:
            continue
        if isinstance(value, tuple):
            value = f"{value[0]:g} to {value[1]:g}"
        elif isinstance(value, float):
            value = f"{value:g}"
        said.append(field.name if value is True else f"{field.name} {value}")
    return ", ".join(said)


def _show(axes: Axes, title: str, note: str, images: Array) -> None:
    """One row: names at the left, then the images side by side with gaps of paper."""
    images = _small(images)
    n, h, w, c = images.shape
    gap = max(1, w // 16)
    strip = np.full((h, n * (w + gap) - gap, 4), 0, np.uint8)  # transparent between the images
    for k, image in enumerate(images):
        place = strip[:, k * (w + gap) : k * (w + gap) + w]
        place[..., :3], place[..., 3] = image if c == 3 else image[..., :1], 255
    axes.imshow(strip, interpolation="nearest")
    axes.set_axis_off()
    beside: dict[str, Any] = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "ha": "right",
    }
    axes.annotate(title, (0, 0.5), (-8, 2 if note else -3), fontweight="bold", fontsize=9, **beside)
    axes.annotate(note, (0, 0.5), (-8, -9), color=MUTED, fontsize=7, **beside)


def _small(images: Array) -> Array:
    """The images with sides of at most LARGEST pixels."""
    _, h, w, _ = images.shape
    every = -(-max(h, w) // LARGEST)
    if every == 1:
        return images
    h, w = h // every * every, w // every * every
    blocks = images[:, :h, :w].reshape(len(images), h // every, every, w // every, every, -1)
    small: Array = np.rint(blocks.mean(axis=(2, 4))).astype(np.uint8)
    return small
