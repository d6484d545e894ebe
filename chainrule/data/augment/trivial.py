"""TrivialAugment: one change to each image, drawn from fourteen, of a random strength."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ... import kernels
from ...device import beside
from ...ranges import PixelValue
from ...types import Array
from . import color_transform, tables
from .base import PixelTransform
from .color_transform import Colors
from .geometric import Size, about_center, move, turned
from .sample_rng import SampleRNG

STRENGTHS = 30


@dataclass(frozen=True)
class TrivialAugment(PixelTransform):
    """One of fourteen changes to each image, all equally likely, of a strength drawn evenly.

    Nothing is to be tuned. The ranges are those of TrivialAugment (wide), except that images
    are shifted by at most 0.3 of a side: its 32 pixels would leave nothing of a small image.
    ``border`` and ``fill`` say what lies outside. Source: Müller and Hutter 2021,
    "TrivialAugment: Tuning-free yet state-of-the-art data augmentation".

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([[1, 2, 3, 4]] * 4, np.uint8).reshape(1, 4, 4, 1)
    >>> one = np.zeros(1, np.int64)
    >>> images, _ = Augment(TrivialAugment())(image, one, one, seed=0, epoch=0, classes=1)
    >>> images.dtype.name, images.shape
    ('uint8', (1, 4, 4, 1))
    """

    border: Literal["constant", "edge", "reflect"] = "reflect"
    fill: PixelValue = 0

    def apply(self, images: Array, rng: SampleRNG) -> Array:
        """Each change is done to those images, uint8 (n, H, W, C), that drew it."""
        drawn = np.where(self.chosen(rng), rng.integers(len(CHANGES)), 0)
        strengths = rng.integers(STRENGTHS + 1) / STRENGTHS
        signed = np.where(rng.happens(0.5), strengths, -strengths)
        result = images.copy()
        for number, change in enumerate(CHANGES.values()):
            (mine,) = np.nonzero(drawn == number)
            if len(mine) and change is not None:
                at = beside(images, mine)
                result[at] = change(images[at], signed[mine], (self.border, self.fill))
        return result


Outside = tuple[str, int]
Change = Callable[[Array, Array, Outside], Array]
"""(images, signed strengths in [-1, 1], what lies outside) -> images"""


def _moving(linear: Callable[[Array], Array]) -> Change:
    def change(images: Array, signed: Array, outside: Outside) -> Array:
        size: Size = images.shape[1:3]
        return move(images, about_center(linear(signed), np.zeros((1, 2)), size), outside)

    return change


def _shifting(rows: float, columns: float) -> Change:
    def change(images: Array, signed: Array, outside: Outside) -> Array:
        shift = np.rint(signed[:, None] * np.array([rows, columns]) * images.shape[1:3])
        level = np.tile(np.eye(2), (len(images), 1, 1))
        return move(images, about_center(level, shift, images.shape[1:3]), outside)

    return change


def _recoloring(matrices: Callable[[Array, Colors], Array]) -> Change:
    def change(images: Array, signed: Array, outside: Outside) -> Array:
        return Colors(images, matrices(1 + 0.99 * signed, Colors(images))).painted()

    return change


def _mapping(table: Callable[[Array, Array], Array]) -> Change:
    def change(images: Array, signed: Array, outside: Outside) -> Array:
        return kernels.of(images).lookup(images, beside(images, table(images, abs(signed))))

    return change


def _sharpness(images: Array, signed: Array, outside: Outside) -> Array:
    return kernels.of(images).sharpen(images, beside(images, 1 + 0.99 * signed))


def _slanted(row: int, column: int) -> Callable[[Array], Array]:
    def linear(signed: Array) -> Array:
        parts = np.tile(np.eye(2), (len(signed), 1, 1))
        parts[:, row, column] = 0.99 * signed
        return parts

    return linear


def _posterized(images: Array, strengths: Array) -> Array:
    return tables.posterize(images, 8 - np.rint(6 * strengths).astype(np.int64))


def _solarized(images: Array, strengths: Array) -> Array:
    return tables.solarize(images, 255 - 255 * strengths)


CHANGES: dict[str, Change | None] = {
    "identity": None,
    "shear x": _moving(_slanted(1, 0)),
    "shear y": _moving(_slanted(0, 1)),
    "translate x": _shifting(0, 0.3),
    "translate y": _shifting(0.3, 0),
    "rotate": _moving(lambda signed: turned(135 * signed)),
    "brightness": _recoloring(color_transform.brightness),
    "color": _recoloring(color_transform.saturation),
    "contrast": _recoloring(color_transform.contrast),
    "sharpness": _sharpness,
    "posterize": _mapping(_posterized),
    "solarize": _mapping(_solarized),
    "autocontrast": _mapping(lambda images, _: tables.autocontrast(images)),
    "equalize": _mapping(lambda images, _: tables.equalize(images)),
}
