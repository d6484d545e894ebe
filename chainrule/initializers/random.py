"""Random numbers of one size, whatever the shape: right for one layer, wrong for a deep net."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import require
from ..types import Array
from .fans import Shape


@dataclass(frozen=True)
class Normal:
    """w ~ N(0, std²): the small random weights of the textbooks."""

    std: float = 0.01

    def __post_init__(self) -> None:
        require.not_negative(std=self.std)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        return rng.normal(0, self.std, shape)


@dataclass(frozen=True)
class Uniform:
    """w ~ U(-bound, bound), of variance bound² / 3"""

    bound: float = 0.05

    def __post_init__(self) -> None:
        require.not_negative(bound=self.bound)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        return rng.uniform(-self.bound, self.bound, shape)
