"""The same number everywhere: for biases and scales, never for weights, which must differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..types import Array
from .fans import Shape


@checked
def zeros(rng: np.random.Generator, shape: Shape) -> Array:
    """w = 0        of any shape

    >>> import numpy as np
    >>> zeros(np.random.default_rng(0), (2,)).tolist()
    [0.0, 0.0]
    """
    return np.zeros(shape)


@checked
def ones(rng: np.random.Generator, shape: Shape) -> Array:
    """w = 1        of any shape

    >>> import numpy as np
    >>> ones(np.random.default_rng(0), (2,)).tolist()
    [1.0, 1.0]
    """
    return np.ones(shape)


@dataclass(frozen=True)
class Constant:
    """w = value        of any shape

    InputError unless ``value`` is a finite number.

    >>> import numpy as np
    >>> Constant(0.5)(np.random.default_rng(0), (2,)).tolist()
    [0.5, 0.5]
    """

    value: float

    def __post_init__(self) -> None:
        if not (isinstance(self.value, Real) and math.isfinite(self.value)):
            raise InputError(f"value: expected a finite number, received {self.value!r}")

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        return np.full(shape, float(self.value))
