"""Light and color, a little more or less."""

from __future__ import annotations

from dataclasses import dataclass

from ...ranges import Probability
from ...types import Array
from . import recoloring
from .chance import Chance
from .checks import HalfTurn
from .recoloring import Colors, Recoloring


@dataclass(frozen=True)
class Brightness(Recoloring):
    """Times a factor between 1 - ``strength`` and 1 + ``strength``."""

    strength: Probability = 0.2

    def matrices(self, chance: Chance, colors: Colors) -> Array:
        return recoloring.brightness(_factors(chance, self.strength), colors)


@dataclass(frozen=True)
class Contrast(Recoloring):
    """Away from the image's mean gray, or nearer to it, by a factor of 1 ± ``strength``."""

    strength: Probability = 0.2

    def matrices(self, chance: Chance, colors: Colors) -> Array:
        return recoloring.contrast(_factors(chance, self.strength), colors)


@dataclass(frozen=True)
class Saturation(Recoloring):
    """Away from gray, or nearer to it, by a factor of 1 ± ``strength``; gray images stay."""

    strength: Probability = 0.2

    def matrices(self, chance: Chance, colors: Colors) -> Array:
        return recoloring.saturation(_factors(chance, self.strength), colors)


@dataclass(frozen=True)
class Hue(Recoloring):
    """Round the color circle by at most ``strength`` of a turn; gray images stay."""

    strength: HalfTurn = 0.05

    def matrices(self, chance: Chance, colors: Colors) -> Array:
        return recoloring.hue(chance.uniform(-self.strength, self.strength), colors)


def _factors(chance: Chance, strength: float) -> Array:
    return chance.uniform(1 - strength, 1 + strength)
