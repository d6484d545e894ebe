"""Noise on every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ... import kernels
from ...ranges import Probability
from ...types import Array
from .base import PixelTransform
from .sample_rng import SampleRNG


@dataclass(frozen=True)
class GaussianNoise(PixelTransform):
    """Add N(0, std²) to every value of every pixel; ``std`` is a share of the range, 0..1."""

    std: Probability = 0.05

    def apply(self, images: Array, rng: SampleRNG) -> Array:
        stds = np.where(self.chosen(rng), 255 * self.std, 0.0)
        return kernels.of(images).add_noise(images, stds, rng.bits())
