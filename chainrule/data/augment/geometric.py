"""Operations that move pixels. Several in a row are one map, and the image is sampled once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ... import kernels
from ...device import beside
from ...ranges import PixelValue
from ...types import Array
from .base import Operation
from .sample_rng import SampleRNG

Size = tuple[int, int]
Outside = tuple[str, int]


class GeometricTransform(Operation):
    """An operation that shows the image through an affine map, at the size that it has.

    Several in a row are composed: nothing is blurred twice, and what one of them has moved
    out of sight the next can bring back.

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> class Mirror(GeometricTransform):
    ...     def maps(self, rng, size):
    ...         return np.tile([[1.0, 0, 0], [0, -1, size[1] - 1], [0, 0, 1]], (rng.count, 1, 1))
    >>> image, one = np.array([1, 2, 3], np.uint8).reshape(1, 1, 3, 1), np.zeros(1, np.int64)
    >>> images, _ = Augment(Mirror())(image, one, one, seed=0, epoch=0, classes=1)
    >>> images.ravel().tolist()
    [3, 2, 1]
    """

    @abstractmethod
    def maps(self, rng: SampleRNG, size: Size) -> Array:
        """Where (i, j, 1) of the result comes from in the image, float64 (n, 3, 3)."""

    @property
    def outside(self) -> Outside | None:
        """What lies around the image, border and fill; None if it is never shown."""
        return None


@dataclass(frozen=True, kw_only=True)
class PaddedTransform(GeometricTransform):
    """A movement that shows what lies outside: with ``border`` "reflect" the image mirrored,
    with "edge" its outermost pixels, with "constant" the gray level ``fill``."""

    border: Literal["constant", "edge", "reflect"] = "reflect"
    fill: PixelValue = 0

    @property
    def outside(self) -> Outside:
        return self.border, self.fill


def composed(
    steps: Sequence[tuple[GeometricTransform, SampleRNG]], size: Size
) -> tuple[Array, Outside | None]:
    """The map of all steps, and what is around the image. The last step looks into the image
    that the others made."""
    total: Array = np.eye(3)
    for geometric, rng in steps:
        chosen = geometric.chosen(rng)[:, None, None]
        total = total @ np.where(chosen, geometric.maps(rng, size), np.eye(3))
    around = (geometric.outside for geometric, _ in steps if geometric.outside is not None)
    return total, next(around, None)


def move(images: Array, maps: Array, outside: Outside | None) -> Array:
    """The images through their maps; through maps of shifts and flips alone by copying."""
    border, fill = outside or ("edge", 0)
    if (maps == np.eye(3)).all():
        return images
    kernel = kernels.of(images)
    steps, starts = maps[:, (0, 1), (0, 1)], maps[:, :2, 2]
    straight = (maps[:, (0, 1), (1, 0)] == 0).all() and (abs(steps) == 1).all()
    if straight and (starts == np.rint(starts)).all():
        first, step = (beside(images, each.astype(np.int64)) for each in (starts, steps))
        return kernel.crop_flip(images, first, step, border, fill)
    return kernel.sample_affine(images, beside(images, maps[:, :2]), border, fill)


def about_center(linear: Array, shift: Array, size: Size) -> Array:
    """Maps (n, 3, 3) that keep the center c of the image:  c + L (x - c) + shift

    linear (n, 2, 2) · shift (n, 2) in pixels
    """
    center = (np.array(size) - 1) / 2
    maps = np.zeros((len(linear), 3, 3))
    maps[:, :2, :2], maps[:, 2, 2] = linear, 1
    maps[:, :2, 2] = center - linear @ center + shift
    return maps


def diagonal(rows: Array, columns: Array) -> Array:
    """Linear parts (n, 2, 2) that scale rows and columns."""
    linear = np.zeros((len(rows), 2, 2))
    linear[:, 0, 0], linear[:, 1, 1] = rows, columns
    return linear


def turned(degrees: Array) -> Array:
    """Linear parts (n, 2, 2) that turn images counter-clockwise."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.moveaxis(np.array([[cos, sin], [-sin, cos]]), 2, 0)
