"""Random numbers as large as the layer allows: Var(w) = scale / fan.

An output sums fan_in products, so with Var(w) = 1 / fan_in it varies as much as the inputs do;
ReLU then halves the mean square, which a scale of 2 makes up for. Backward, fan_out takes the
place of fan_in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .. import require
from ..declared import Checked, checked
from ..types import Array
from .fans import Shape, fans


@dataclass(frozen=True)
class VarianceScaling(Checked):
    """w ~ N(0, s²) or U(-√3 s, √3 s),  s² = scale / fan

    mode            which fan: "fan_in", "fan_out", or "fan_avg", the mean of both
    distribution    "normal" or "uniform", of equal variance

    The functions below are its common cases. For others choose the scale: 2 / (1 + a²) before a
    leaky ReLU of slope a keeps the variance (He et al. 2015).

    w (in, out) or (kh, kw, in, out). InputError for an option that cannot be, and for fewer than
    two axes: a bias has no fans.

    >>> import numpy as np
    >>> w = VarianceScaling(2.0, "fan_avg")(np.random.default_rng(0), (300, 100))
    >>> round(float(w.std()), 2)  # √(2 / 200)
    0.1
    """

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "normal"

    def __post_init__(self) -> None:
        require.positive(scale=self.scale)
        require.one_of("fan_in", "fan_out", "fan_avg", mode=self.mode)
        require.one_of("normal", "uniform", distribution=self.distribution)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        fan_in, fan_out = fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        if self.distribution == "normal":
            return rng.normal(0, math.sqrt(self.scale / fan), shape)
        bound = math.sqrt(3 * self.scale / fan)
        return rng.uniform(-bound, bound, shape)


@checked
def lecun_normal(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ N(0, 1 / fan_in): keeps the variance through layers without activation, or with SELU.

    Source: LeCun et al. 1998, "Efficient backprop".

    w (in, out) or (kh, kw, in, out); InputError for fewer than two axes.

    >>> import numpy as np
    >>> w = lecun_normal(np.random.default_rng(0), (100, 100))
    >>> round(float(w.std()), 1)  # √(1 / 100)
    0.1
    """
    return VarianceScaling()(rng, shape)


@checked
def lecun_uniform(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ U(-a, a), a = √(3 / fan_in): the variance of ``lecun_normal``.

    w (in, out) or (kh, kw, in, out); InputError for fewer than two axes.

    >>> import numpy as np
    >>> w = lecun_uniform(np.random.default_rng(0), (300, 100))
    >>> round(float(abs(w).max()), 3)  # √(3 / 300)
    0.1
    """
    return VarianceScaling(distribution="uniform")(rng, shape)


@checked
def xavier_normal(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ N(0, 2 / (fan_in + fan_out)): between keeping activations and keeping gradients.

    Source: Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward
    neural networks".

    w (in, out) or (kh, kw, in, out); InputError for fewer than two axes.

    >>> import numpy as np
    >>> w = xavier_normal(np.random.default_rng(0), (150, 50))
    >>> round(float(w.std()), 1)  # √(2 / 200)
    0.1
    """
    return VarianceScaling(1, "fan_avg")(rng, shape)


@checked
def xavier_uniform(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ U(-a, a), a = √(6 / (fan_in + fan_out)): the variance of ``xavier_normal``.

    w (in, out) or (kh, kw, in, out); InputError for fewer than two axes.

    >>> import numpy as np
    >>> w = xavier_uniform(np.random.default_rng(0), (400, 200))
    >>> round(float(abs(w).max()), 3)  # √(6 / 600)
    0.1
    """
    return VarianceScaling(1, "fan_avg", "uniform")(rng, shape)


@checked
def he_normal(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ N(0, 2 / fan_in): keeps the variance of activations through layers with ReLU.

    Source: He et al. 2015, "Delving deep into rectifiers".

    w (in, out) or (kh, kw, in, out); InputError for fewer than two axes.

    >>> import numpy as np
    >>> w = he_normal(np.random.default_rng(0), (200, 50))
    >>> round(float(w.std()), 1)  # √(2 / 200)
    0.1
    """
    return VarianceScaling(2)(rng, shape)


@checked
def he_uniform(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ U(-a, a), a = √(6 / fan_in): the variance of ``he_normal``.

    w (in, out) or (kh, kw, in, out); InputError for fewer than two axes.

    >>> import numpy as np
    >>> w = he_uniform(np.random.default_rng(0), (600, 50))
    >>> round(float(abs(w).max()), 3)  # √(6 / 600)
    0.1
    """
    return VarianceScaling(2, distribution="uniform")(rng, shape)


@checked
def he_normal_fan_out(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ N(0, 2 / fan_out): keeps the variance of gradients instead.

    w (in, out) or (kh, kw, in, out); InputError for fewer than two axes.

    >>> import numpy as np
    >>> w = he_normal_fan_out(np.random.default_rng(0), (50, 200))
    >>> round(float(w.std()), 1)  # √(2 / 200)
    0.1
    """
    return VarianceScaling(2, "fan_out")(rng, shape)


@checked
def he_uniform_fan_out(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ U(-a, a), a = √(6 / fan_out): the variance of ``he_normal_fan_out``.

    w (in, out) or (kh, kw, in, out); InputError for fewer than two axes.

    >>> import numpy as np
    >>> w = he_uniform_fan_out(np.random.default_rng(0), (50, 600))
    >>> round(float(abs(w).max()), 3)  # √(6 / 600)
    0.1
    """
    return VarianceScaling(2, "fan_out", "uniform")(rng, shape)
