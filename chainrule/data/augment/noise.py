"""Noise on every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ... import kernels
from ...device import beside
from ...ranges import Probability
from ...types import Array
from .base import PixelTransform
from .sample_rng import SampleRNG


@dataclass(frozen=True)
class GaussianNoise(PixelTransform):
    """Add N(0, std²) to every value of every pixel; ``std`` is a share of the range, 0..1.

    InputError for an option out of its range.

    Source: Bishop 1995, "Training with noise is equivalent to Tikhonov regularization".

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([[128] * 100] * 100, np.uint8).reshape(1, 100, 100, 1)
    >>> one = np.zeros(1, np.int64)
    >>> images, _ = Augment(GaussianNoise(0.1))(image, one, one, seed=0, epoch=0, classes=1)
    >>> round(float(images.std()))  # 0.1 of 255
    25
    """

    std: Probability = 0.05

    def apply(self, images: Array, rng: SampleRNG) -> Array:
        stds = np.where(self.chosen(rng), 255 * self.std, 0.0)
        drawn = (beside(images, each) for each in (stds, rng.bits()))
        return kernels.of(images).add_noise(images, *drawn)
