"""Light and color, a little more or less."""

from __future__ import annotations

from dataclasses import dataclass

from ...ranges import Probability
from ...types import Array
from . import color_transform
from .checks import HalfTurn
from .color_transform import Colors, ColorTransform
from .sample_rng import SampleRNG


@dataclass(frozen=True)
class Brightness(ColorTransform):
    """Times a factor between 1 - ``strength`` and 1 + ``strength``."""

    strength: Probability = 0.2

    def matrices(self, rng: SampleRNG, colors: Colors) -> Array:
        return color_transform.brightness(_factors(rng, self.strength), colors)


@dataclass(frozen=True)
class Contrast(ColorTransform):
    """Away from the image's mean gray, or nearer to it, by a factor of 1 ± ``strength``."""

    strength: Probability = 0.2

    def matrices(self, rng: SampleRNG, colors: Colors) -> Array:
        return color_transform.contrast(_factors(rng, self.strength), colors)


@dataclass(frozen=True)
class Saturation(ColorTransform):
    """Away from gray, or nearer to it, by a factor of 1 ± ``strength``; gray images stay."""

    strength: Probability = 0.2

    def matrices(self, rng: SampleRNG, colors: Colors) -> Array:
        return color_transform.saturation(_factors(rng, self.strength), colors)


@dataclass(frozen=True)
class Hue(ColorTransform):
    """Round the color circle by at most ``strength`` of a turn; gray images stay."""

    strength: HalfTurn = 0.05

    def matrices(self, rng: SampleRNG, colors: Colors) -> Array:
        return color_transform.hue(rng.uniform(-self.strength, self.strength), colors)


def _factors(rng: SampleRNG, strength: float) -> Array:
    return rng.uniform(1 - strength, 1 + strength)
