"""Random numbers of one size, whatever the shape: right for one layer, wrong for a deep net."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import require
from ..types import Array
from .fans import Shape


@dataclass(frozen=True)
class Normal:
    """w ~ N(0, std²), of any shape: the small random weights of the textbooks.

    InputError for a ``std`` below 0.

    >>> import numpy as np
    >>> w = Normal(0.01)(np.random.default_rng(0), (100, 100))
    >>> round(float(w.std()), 3)
    0.01
    """

    std: float = 0.01

    def __post_init__(self) -> None:
        require.not_negative(std=self.std)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        return rng.normal(0, self.std, shape)


@dataclass(frozen=True)
class Uniform:
    """w ~ U(-bound, bound), of variance bound² / 3        any shape

    InputError for a ``bound`` below 0.

    >>> import numpy as np
    >>> w = Uniform(0.3)(np.random.default_rng(0), (100, 100))
    >>> bool(abs(w).max() < 0.3), round(float(w.var()), 2)
    (True, 0.03)
    """

    bound: float = 0.05

    def __post_init__(self) -> None:
        require.not_negative(bound=self.bound)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        return rng.uniform(-self.bound, self.bound, shape)
