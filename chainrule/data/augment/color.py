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
    """Times a factor between 1 - ``strength`` and 1 + ``strength``.

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([50, 100], np.uint8).reshape(1, 1, 2, 1)
    >>> one = np.zeros(1, np.int64)
    >>> images, _ = Augment(Brightness(0.5))(image, one, one, seed=0, epoch=0, classes=1)
    >>> dark, light = images.ravel().tolist()
    >>> 25 <= dark <= 75, abs(light - 2 * dark) <= 1
    (True, True)
    """

    strength: Probability = 0.2

    def matrices(self, rng: SampleRNG, colors: Colors) -> Array:
        return color_transform.brightness(_factors(rng, self.strength), colors)


@dataclass(frozen=True)
class Contrast(ColorTransform):
    """Away from the image's mean gray, or nearer to it, by a factor of 1 ± ``strength``.

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([50, 150], np.uint8).reshape(1, 1, 2, 1)
    >>> one = np.zeros(1, np.int64)
    >>> images, _ = Augment(Contrast(0.5))(image, one, one, seed=0, epoch=0, classes=1)
    >>> round(images.mean()), bool(50 <= np.ptp(images) <= 150)
    (100, True)
    """

    strength: Probability = 0.2

    def matrices(self, rng: SampleRNG, colors: Colors) -> Array:
        return color_transform.contrast(_factors(rng, self.strength), colors)


@dataclass(frozen=True)
class Saturation(ColorTransform):
    """Away from gray, or nearer to it, by a factor of 1 ± ``strength``; gray images stay.

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([[90, 90, 90], [255, 0, 0]], np.uint8).reshape(1, 1, 2, 3)
    >>> one = np.zeros(1, np.int64)
    >>> images, _ = Augment(Saturation(0.5))(image, one, one, seed=0, epoch=0, classes=1)
    >>> images[0, 0, 0].tolist(), images[0, 0, 1].tolist()
    ([90, 90, 90], [183, 31, 31])
    """

    strength: Probability = 0.2

    def matrices(self, rng: SampleRNG, colors: Colors) -> Array:
        return color_transform.saturation(_factors(rng, self.strength), colors)


@dataclass(frozen=True)
class Hue(ColorTransform):
    """Round the color circle by at most ``strength`` of a turn; gray images stay.

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([[90, 90, 90], [255, 0, 0]], np.uint8).reshape(1, 1, 2, 3)
    >>> one = np.zeros(1, np.int64)
    >>> images, _ = Augment(Hue(0.5))(image, one, one, seed=0, epoch=0, classes=1)
    >>> images[0, 0, 0].tolist(), images[0, 0, 1].tolist()
    ([90, 90, 90], [0, 189, 0])
    """

    strength: HalfTurn = 0.05

    def matrices(self, rng: SampleRNG, colors: Colors) -> Array:
        return color_transform.hue(rng.uniform(-self.strength, self.strength), colors)


def _factors(rng: SampleRNG, strength: float) -> Array:
    return rng.uniform(1 - strength, 1 + strength)
