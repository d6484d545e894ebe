"""Two images in one, and a label that says how much of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ... import kernels
from ...device import beside
from ...ranges import PositiveFloat
from ...types import Array
from .base import Mixing
from .sample_rng import SampleRNG


@dataclass(frozen=True)
class Mixup(Mixing):
    """λ x + (1 - λ) x′ with λ ~ Beta(alpha, alpha), labels likewise.

    Of λ and 1 - λ the larger one is the image's own: x and x′ are drawn alike, so the mixtures
    are the same, and each epoch has every image once in the main. A small ``alpha`` leaves most
    of them nearly alone. Source: Zhang et al. 2018, "mixup: Beyond empirical risk minimization".

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data import Dataset
    >>> from chainrule.data.augment import Augment
    >>> images, labels = np.zeros((2, 2, 2, 1), np.uint8), np.array([0, 1])
    >>> images[1] = 100
    >>> source = Dataset(images, labels, ("dark", "light"))
    >>> options = {"seed": 0, "epoch": 0, "classes": 2, "source": source}
    >>> mixed, shares = Augment(Mixup(1.0))(images, labels, np.arange(2), **options)
    >>> mixed.mean(axis=(1, 2, 3)).round(1).tolist(), shares.astype(float).round(2).tolist()
    ([27.0, 80.0], [[0.73, 0.27], [0.2, 0.8]])
    """

    alpha: PositiveFloat = 0.2

    def mix(self, images: Array, others: Array, rng: SampleRNG) -> tuple[Array, Array]:
        beta = symmetric_beta(rng, self.alpha)
        shares = np.where(self.chosen(rng), np.maximum(beta, 1 - beta), 1.0)
        own = beside(images, shares)
        return kernels.of(images).blend(images, others, own), shares


@dataclass(frozen=True)
class CutMix(Mixing):
    """A rectangle of x′ in x, of area share 1 - λ with λ ~ Beta(alpha, alpha), labels by area.

    The rectangle has the image's shape and its center anywhere; what is outside does not
    count. Source: Yun et al. 2019, "CutMix".

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data import Dataset
    >>> from chainrule.data.augment import Augment
    >>> images, labels = np.zeros((2, 4, 4, 1), np.uint8), np.array([0, 1])
    >>> images[1] = 100
    >>> source = Dataset(images, labels, ("dark", "light"))
    >>> options = {"seed": 0, "epoch": 0, "classes": 2, "source": source}
    >>> mixed, shares = Augment(CutMix())(images, labels, np.arange(2), **options)
    >>> mixed.mean(axis=(1, 2, 3)).round(1).tolist(), shares.astype(float).round(2).tolist()
    ([37.5, 62.5], [[0.62, 0.38], [0.38, 0.62]])
    """

    alpha: PositiveFloat = 1.0

    def mix(self, images: Array, others: Array, rng: SampleRNG) -> tuple[Array, Array]:
        chosen = self.chosen(rng)
        length = np.sqrt(1 - symmetric_beta(rng, self.alpha))
        spans = []
        for side in images.shape[1:3]:
            size = np.where(chosen, np.rint(length * side).astype(np.int64), 0)
            first = rng.integers(side) - size // 2
            spans.append((np.maximum(first, 0), np.minimum(first + size, side)))
        (top, bottom), (left, right) = spans
        boxes = np.stack([top, left, bottom, right], axis=1)
        area = (bottom - top) * (right - left)
        shares = 1 - area / (images.shape[1] * images.shape[2])
        return kernels.of(images).paste(images, others, beside(images, boxes)), shares


def symmetric_beta(rng: SampleRNG, alpha: float) -> Array:
    """λ ~ Beta(alpha, alpha), float64 (n,), from three uniform numbers each.

    λ = ½ ± ½ / √(1 + 1 / ((u^(-1/alpha) - 1) cos² 2πv))

    Source: Devroye 1996, "Random variate generation in one line of code", after Ulrich 1984.
    """
    u, v = 1 - rng.uniform(), rng.uniform()  # u in (0, 1]
    with np.errstate(over="ignore", divide="ignore"):
        spread = (u ** (-1 / alpha) - 1) * np.cos(2 * np.pi * v) ** 2
        half = 0.5 / np.sqrt(1 + 1 / spread)
    beta: Array = np.where(rng.happens(0.5), 0.5 + half, 0.5 - half)
    return beta
