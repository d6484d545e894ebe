"""What an operation is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from ...declared import Checked
from ...ranges import Probability
from ...types import Array
from .sample_rng import SampleRNG


@dataclass(frozen=True, kw_only=True)
class Operation(Checked, ABC):
    """Something that is done to an image with probability ``p``.

    Operations are frozen: two with equal options are equal. Raises InputError for an option
    that cannot be.

    >>> from chainrule.data.augment import HorizontalFlip
    >>> HorizontalFlip(p=0.3) == HorizontalFlip(p=0.3), isinstance(HorizontalFlip(), Operation)
    (True, True)
    """

    p: Probability = 1.0

    def chosen(self, rng: SampleRNG) -> Array:
        """To which images it is done, bool (n,)."""
        return rng.happens(self.p)


class PixelTransform(Operation):
    """An operation that takes a pass of its own over the pixels.

    InputError for an option out of its range. One of your own, in 3 lines:

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> class Negative(PixelTransform):
    ...     def apply(self, images, rng):
    ...         return np.where(self.chosen(rng)[:, None, None, None], 255 - images, images)
    >>> image, one = np.full((1, 1, 2, 1), 55, np.uint8), np.zeros(1, np.int64)
    >>> images, _ = Augment(Negative())(image, one, one, seed=0, epoch=0, classes=1)
    >>> images.ravel().tolist()
    [200, 200]
    """

    @abstractmethod
    def apply(self, images: Array, rng: SampleRNG) -> Array:
        """The images after it, uint8 (n, H, W, C); those not ``chosen`` are as they were."""


class Mixing(Operation):
    """An operation that puts another image of the data set into each, and so mixes labels.

    InputError for an option out of its range.

    >>> from chainrule.data.augment import CutMix, HorizontalFlip, Mixup
    >>> [isinstance(kind(), Mixing) for kind in (Mixup, CutMix, HorizontalFlip)]
    [True, True, False]
    """

    @abstractmethod
    def mix(self, images: Array, others: Array, rng: SampleRNG) -> tuple[Array, Array]:
        """Images uint8 (n, H, W, C) mixed with ``others``, and the share of each that is its own,
        float64 (n,): 1 if not chosen."""
