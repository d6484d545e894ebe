"""Parts of an image, at the size that the image has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...ranges import Interval
from ...types import Array
from . import checks
from .checks import NonNegativePixels
from .geometric import GeometricTransform, PaddedTransform, Size, about_center, diagonal
from .sample_rng import SampleRNG


@dataclass(frozen=True)
class RandomCrop(PaddedTransform):
    """Pad by ``padding`` pixels on every side, and cut the old size out of that anywhere.

    It is a shift by at most ``padding`` pixels; ``border`` and ``fill`` say what is padded with.
    Without ``padding`` it is an eighth of the shorter side: 4 of 32.

    InputError for an option out of its range.

    Source: He et al. 2016, "Deep residual learning for image recognition", section 4.2.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([1, 2, 3, 4], np.uint8).reshape(1, 1, 4, 1)
    >>> one = np.zeros(1, np.int64)
    >>> augment = Augment(RandomCrop(padding=1, border="edge"))
    >>> images, _ = augment(image, one, one, seed=0, epoch=0, classes=1)
    >>> images.ravel().tolist()
    [1, 1, 2, 3]
    """

    padding: NonNegativePixels | None = None

    def maps(self, rng: SampleRNG, size: Size) -> Array:
        padding = (min(size) + 4) // 8 if self.padding is None else self.padding
        maps = np.tile(np.eye(3), (rng.count, 1, 1))
        for axis in (0, 1):
            maps[:, axis, 2] = rng.integers(2 * padding + 1) - padding
        return maps


@dataclass(frozen=True)
class RandomResizedCrop(GeometricTransform):
    """Cut out a rectangle and stretch it to the old size.

    Its area is a share of the image's drawn from ``scale``, its shape (width / height, of the
    image's own) is drawn from ``ratio``, evenly on a logarithmic scale; a side that would be
    too long is as long as the image's. Source: Szegedy et al. 2015, "Going deeper with
    convolutions".

    InputError for an option out of its range, and for a share above 1.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([[1, 2, 3, 4]] * 4, np.uint8).reshape(1, 4, 4, 1)
    >>> one = np.zeros(1, np.int64)
    >>> augment = Augment(RandomResizedCrop(scale=(0.25, 0.25), ratio=(1, 1)))
    >>> images, _ = augment(image, one, one, seed=0, epoch=0, classes=1)
    >>> images.shape, int(np.ptp(images)) < 3
    ((1, 4, 4, 1), True)
    """

    scale: Interval = (0.08, 1.0)
    ratio: Interval = (3 / 4, 4 / 3)

    def __post_init__(self) -> None:
        checks.span(scale=self.scale, ratio=self.ratio)
        checks.share(scale=self.scale[1])

    def maps(self, rng: SampleRNG, size: Size) -> Array:
        area = rng.uniform(*self.scale)
        wide = np.exp(rng.uniform(*np.log(self.ratio)))
        shares = np.minimum(1, np.sqrt(np.stack([area / wide, area * wide], axis=1)))
        room = (1 - shares) * size / 2  # between the rectangle and the rim, if it is in the middle
        shift = np.stack([rng.uniform(-1, 1), rng.uniform(-1, 1)], axis=1) * room
        return about_center(diagonal(*shares.T), shift, size)
