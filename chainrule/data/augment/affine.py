"""Images enlarged, turned, shifted and slanted about their center."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...ranges import Interval, NonNegativeFloat, Probability
from ...types import Array
from . import checks
from .checks import Slant
from .geometric import PaddedTransform, Size, about_center, diagonal, turned
from .sample_rng import SampleRNG


@dataclass(frozen=True)
class Scale(PaddedTransform):
    """Enlarge by a factor from ``scale``, drawn evenly on a logarithmic scale; below 1 it makes
    smaller.

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([0, 20, 40, 60], np.uint8).reshape(1, 1, 4, 1)
    >>> one = np.zeros(1, np.int64)
    >>> images, _ = Augment(Scale((2, 2)))(image, one, one, seed=0, epoch=0, classes=1)
    >>> images.ravel().tolist()
    [15, 25, 35, 45]
    """

    scale: Interval = (0.8, 1.25)

    def __post_init__(self) -> None:
        checks.span(scale=self.scale)

    def maps(self, rng: SampleRNG, size: Size) -> Array:
        smaller = 1 / np.exp(rng.uniform(*np.log(self.scale)))
        return about_center(diagonal(smaller, smaller), np.zeros((1, 2)), size)


@dataclass(frozen=True)
class Rotation(PaddedTransform):
    """Turn by an angle between -``degrees`` and ``degrees``.

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([[0, 0, 0], [0, 255, 0], [0, 0, 0]], np.uint8).reshape(1, 3, 3, 1)
    >>> one = np.zeros(1, np.int64)
    >>> images, _ = Augment(Rotation(90))(image, one, one, seed=0, epoch=0, classes=1)
    >>> images[0, 1, 1].tolist()  # the center stays
    [255]
    """

    degrees: NonNegativeFloat = 15.0

    def maps(self, rng: SampleRNG, size: Size) -> Array:
        turn = turned(rng.uniform(-self.degrees, self.degrees))
        return about_center(turn, np.zeros((1, 2)), size)


@dataclass(frozen=True)
class Affine(PaddedTransform):
    """Turn, shift, enlarge and slant at once.

    degrees    turns by at most this
    translate  shifts by at most this share of each side
    scale      enlarges by a factor between the two
    shear      leans verticals over by an angle of at most this, in degrees

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([0, 20, 40, 60], np.uint8).reshape(1, 1, 4, 1)
    >>> one = np.zeros(1, np.int64)
    >>> augment = Augment(Affine(degrees=0, translate=0, scale=(2, 2), shear=0))
    >>> images, _ = augment(image, one, one, seed=0, epoch=0, classes=1)
    >>> images.ravel().tolist()
    [15, 25, 35, 45]
    """

    degrees: NonNegativeFloat = 10.0
    translate: Probability = 0.1
    scale: Interval = (0.9, 1.1)
    shear: Slant = 5.0

    def __post_init__(self) -> None:
        checks.span(scale=self.scale)

    def maps(self, rng: SampleRNG, size: Size) -> Array:
        linear = turned(rng.uniform(-self.degrees, self.degrees))
        linear = linear / np.exp(rng.uniform(*np.log(self.scale)))[:, None, None]
        lean = np.tan(np.deg2rad(rng.uniform(-self.shear, self.shear)))
        linear[:, :, 0] += lean[:, None] * linear[:, :, 1]  # rows further down start further left
        shift = [rng.uniform(-self.translate, self.translate) * side for side in size]
        return about_center(linear, np.stack(shift, axis=1), size)
