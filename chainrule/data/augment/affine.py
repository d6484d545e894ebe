"""Images enlarged, turned, shifted and slanted about their center."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...ranges import Interval, NonNegativeFloat, Probability
from ...types import Array
from . import checks
from .chance import Chance
from .checks import Slant
from .movement import Size, Wandering, about_center, diagonal, turned


@dataclass(frozen=True)
class Scale(Wandering):
    """Enlarge by a factor from ``scale``, drawn evenly on a logarithmic scale; below 1 it makes
    smaller."""

    scale: Interval = (0.8, 1.25)

    def __post_init__(self) -> None:
        checks.span(scale=self.scale)

    def maps(self, chance: Chance, size: Size) -> Array:
        smaller = 1 / np.exp(chance.uniform(*np.log(self.scale)))
        return about_center(diagonal(smaller, smaller), np.zeros((1, 2)), size)


@dataclass(frozen=True)
class Rotation(Wandering):
    """Turn by an angle between -``degrees`` and ``degrees``."""

    degrees: NonNegativeFloat = 15.0

    def maps(self, chance: Chance, size: Size) -> Array:
        turn = turned(chance.uniform(-self.degrees, self.degrees))
        return about_center(turn, np.zeros((1, 2)), size)


@dataclass(frozen=True)
class Affine(Wandering):
    """Turn, shift, enlarge and slant at once.

    degrees    turns by at most this
    translate  shifts by at most this share of each side
    scale      enlarges by a factor between the two
    shear      leans verticals over by an angle of at most this, in degrees
    """

    degrees: NonNegativeFloat = 10.0
    translate: Probability = 0.1
    scale: Interval = (0.9, 1.1)
    shear: Slant = 5.0

    def __post_init__(self) -> None:
        checks.span(scale=self.scale)

    def maps(self, chance: Chance, size: Size) -> Array:
        linear = turned(chance.uniform(-self.degrees, self.degrees))
        linear = linear / np.exp(chance.uniform(*np.log(self.scale)))[:, None, None]
        lean = np.tan(np.deg2rad(chance.uniform(-self.shear, self.shear)))
        linear[:, :, 0] += lean[:, None] * linear[:, :, 1]  # rows further down start further left
        shift = [chance.uniform(-self.translate, self.translate) * side for side in size]
        return about_center(linear, np.stack(shift, axis=1), size)
