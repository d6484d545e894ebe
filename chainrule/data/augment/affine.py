"""Pictures enlarged, turned, shifted and slanted about their centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ... import require
from ...errors import InputError
from ...types import Array
from . import checks
from .chance import Chance
from .movement import Size, Wandering, about_centre, diagonal, turned


@dataclass(frozen=True)
class Scale(Wandering):
    """Enlarge by a factor from ``scale``, drawn evenly on a logarithmic scale; below 1 it makes
    smaller."""

    scale: tuple[float, float] = (0.8, 1.25)

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.span(scale=self.scale)

    def maps(self, chance: Chance, size: Size) -> Array:
        smaller = 1 / np.exp(chance.uniform(*np.log(self.scale)))
        return about_centre(diagonal(smaller, smaller), np.zeros((1, 2)), size)


@dataclass(frozen=True)
class Rotation(Wandering):
    """Turn by an angle between -``degrees`` and ``degrees``."""

    degrees: float = 15.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require.not_negative(degrees=self.degrees)

    def maps(self, chance: Chance, size: Size) -> Array:
        turn = turned(chance.uniform(-self.degrees, self.degrees))
        return about_centre(turn, np.zeros((1, 2)), size)


@dataclass(frozen=True)
class Affine(Wandering):
    """Turn, shift, enlarge and slant at once.

    degrees    turns by at most this
    translate  shifts by at most this share of each side
    scale      enlarges by a factor between the two
    shear      leans verticals over by an angle of at most this, in degrees
    """

    degrees: float = 10.0
    translate: float = 0.1
    scale: tuple[float, float] = (0.9, 1.1)
    shear: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require.not_negative(degrees=self.degrees)
        checks.share(translate=self.translate)
        checks.span(scale=self.scale)
        require.not_negative(shear=self.shear)
        if self.shear > 89:
            raise InputError(f"shear: expected at most 89 degrees, received {self.shear!r}")

    def maps(self, chance: Chance, size: Size) -> Array:
        linear = turned(chance.uniform(-self.degrees, self.degrees))
        linear = linear / np.exp(chance.uniform(*np.log(self.scale)))[:, None, None]
        lean = np.tan(np.deg2rad(chance.uniform(-self.shear, self.shear)))
        linear[:, :, 0] += lean[:, None] * linear[:, :, 1]  # rows further down start further left
        shift = [chance.uniform(-self.translate, self.translate) * side for side in size]
        return about_centre(linear, np.stack(shift, axis=1), size)
