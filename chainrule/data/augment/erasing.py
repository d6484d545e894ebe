"""Holes in the image, so that no single part of it is relied on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ... import kernels
from ...device import beside
from ...ranges import Interval, PixelValue, Probability
from ...types import Array
from . import checks
from .base import PixelTransform
from .checks import Pixels
from .sample_rng import SampleRNG


@dataclass(frozen=True)
class Cutout(PixelTransform):
    """A square of ``size`` pixels, its center anywhere in the image, becomes ``fill``.

    Without ``size`` it is a quarter of the shorter side: 8 of 32. Near the rim part of the
    square is outside. Source: DeVries and Taylor 2017, "Improved regularization of
    convolutional neural networks with cutout".

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([[9, 9, 9, 9]] * 4, np.uint8).reshape(1, 4, 4, 1)
    >>> one = np.zeros(1, np.int64)
    >>> images, _ = Augment(Cutout(size=2, fill=0))(image, one, one, seed=0, epoch=0, classes=1)
    >>> images[0, :, :, 0].tolist()
    [[9, 9, 9, 9], [9, 0, 0, 9], [9, 0, 0, 9], [9, 9, 9, 9]]
    """

    size: Pixels | None = None
    fill: PixelValue = 128

    def apply(self, images: Array, rng: SampleRNG) -> Array:
        side = max(1, (min(images.shape[1:3]) + 2) // 4) if self.size is None else self.size
        size = np.where(self.chosen(rng), side, 0)
        top, left = (rng.integers(side) - size // 2 for side in images.shape[1:3])
        boxes = np.stack([top, left, top + size, left + size], axis=1)
        return kernels.of(images).erase(images, beside(images, boxes), self.fill)


@dataclass(frozen=True)
class RandomErasing(PixelTransform):
    """With probability ``p`` a rectangle becomes ``fill``.

    Its area is a share of the image's drawn from ``scale``, its shape (width / height) is
    drawn from ``ratio``, evenly on a logarithmic scale. Source: Zhong et al. 2020, "Random
    erasing data augmentation".

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> image = np.array([[9, 9, 9, 9]] * 4, np.uint8).reshape(1, 4, 4, 1)
    >>> one = np.zeros(1, np.int64)
    >>> augment = Augment(RandomErasing(p=1, scale=(0.25, 0.25), ratio=(1, 1), fill=0))
    >>> images, _ = augment(image, one, one, seed=0, epoch=0, classes=1)
    >>> images[0, :, :, 0].tolist()
    [[9, 9, 9, 9], [9, 9, 9, 9], [0, 0, 9, 9], [0, 0, 9, 9]]
    """

    p: Probability = 0.5
    scale: Interval = (0.02, 0.33)
    ratio: Interval = (0.3, 3.3)
    fill: PixelValue = 128

    def __post_init__(self) -> None:
        checks.span(scale=self.scale, ratio=self.ratio)
        checks.share(scale=self.scale[1])

    def apply(self, images: Array, rng: SampleRNG) -> Array:
        h, w = images.shape[1:3]
        area = h * w * np.where(self.chosen(rng), rng.uniform(*self.scale), 0.0)
        ratio = np.exp(rng.uniform(*np.log(self.ratio)))
        height = np.minimum(h, np.rint(np.sqrt(area / ratio))).astype(np.int64)
        width = np.minimum(w, np.rint(np.sqrt(area * ratio))).astype(np.int64)
        top, left = rng.integers(h - height + 1), rng.integers(w - width + 1)
        boxes = np.stack([top, left, top + height, left + width], axis=1)
        return kernels.of(images).erase(images, beside(images, boxes), self.fill)
