"""Dropout and its relatives, inverted: what is kept is scaled up, so predicting needs nothing."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from .. import kernels
from ..arrays import namespace
from ..ranges import DropRate
from ..types import Array
from .base import Layer, expect_axes
from .example import Example
from .operations import Operations
from .shapes import same_shape
from .shard import shard
from .variables import Buffer


class RandomMask(Layer):
    """y = x m / (1 - rate), m ~ Bernoulli(1 - rate)        dL/dx = dy m / (1 - rate)

    What one m covers is up to the layer. Predicting is the identity. The mask is a hash of (key,
    count, index): ``key`` is drawn with the weights, ``count`` is the number of forwards so far.
    Both are saved, so a resumed training drops the same, and the cache is one number instead of
    a mask. Indices are those of the whole batch, also where it is cut (`chainrule.layers.shard`).
    """

    def __init__(self, rate: DropRate) -> None:
        self.rate = rate
        self.key = Buffer((), _random_key, np.uint64)
        self.count = Buffer((), _zero, np.uint64)

    def __call__(self, x: Array) -> Array:
        return x

    def forward(self, x: Array) -> tuple[Array, int]:
        key = self.next_key()
        y = self.backward(x, key)
        self.advance()
        return y, key

    def next_key(self) -> int:
        """The key of the coming forward's mask; above its 64 bits, where in the batch it begins."""
        return _scramble(int(self.key.value) + int(self.count.value)) | shard().start << 64

    def advance(self) -> None:
        """One more forward has been."""
        self.count.value = self.count.value + np.uint64(1)

    @abstractmethod
    def backward(self, dy: Array, key: int) -> Array: ...

    operations_per_element = Operations(2, 2)
    output_shape = same_shape


class Dropout(RandomMask):
    """y = x m / (1 - rate), m ~ Bernoulli(1 - rate) for each element        any shape

    dL/dx = dy m / (1 - rate)

    Predicting is the identity.

    InputError unless ``rate`` is in [0, 1).

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
    overfitting".

    >>> import numpy as np
    >>> x = np.ones(10_000, np.float32)
    >>> y, cache = Dropout(0.5).init(0).forward(x)
    >>> sorted(set(y.tolist())), round(float(y.mean()), 1)
    ([0.0, 2.0], 1.0)
    """

    def backward(self, dy: Array, key: int) -> Array:
        return kernels.of(dy).dropout(dy, self.rate, key)


class SpatialDropout(RandomMask):
    """y = x m / (1 - rate), m (N, C) ~ Bernoulli(1 - rate) for each channel of each sample

    x, y (N, C) or (N, H, W, C) · dL/dx = dy m / (1 - rate)

    Neighboring pixels are much alike, so dropping some of them hides little; here a whole
    feature map goes. Predicting is the identity.

    InputError unless ``rate`` is in [0, 1); ShapeError for x without channels.

    Source: Tompson et al. 2015, "Efficient object localization using convolutional networks".

    >>> import numpy as np
    >>> x = np.ones((1, 2, 2, 100), np.float32)
    >>> y, cache = SpatialDropout(0.5).init(0).forward(x)
    >>> bool((y == y[:, :1, :1]).all())  # each channel is kept or dropped as a whole
    True
    """

    def backward(self, dy: Array, key: int) -> Array:
        expect_axes(dy, 2)
        middle = (1,) * (dy.ndim - 2)
        return dy * _mask(dy, (len(dy), *middle, dy.shape[-1]), self.rate, key)

    example = Example((1, 2, 2, 4))


class DropPath(RandomMask):
    """y = x m / (1 - rate), m (N,) ~ Bernoulli(1 - rate) for each whole sample

    x, y (N, ...) · dL/dx = dy m / (1 - rate)

    At the end of a residual branch a dropped sample takes the shortcut alone: stochastic depth.
    Predicting is the identity.

    InputError unless ``rate`` is in [0, 1).

    Source: Huang et al. 2016, "Deep networks with stochastic depth"; the name is that of Larsson
    et al. 2017, "FractalNet".

    >>> import numpy as np
    >>> y, cache = DropPath(0.5).init(0).forward(np.ones((100, 3), np.float32))
    >>> sorted({tuple(row) for row in y.tolist()})
    [(0.0, 0.0, 0.0), (2.0, 2.0, 2.0)]
    """

    def backward(self, dy: Array, key: int) -> Array:
        expect_axes(dy, 1)
        return dy * _mask(dy, (len(dy), *(1,) * (dy.ndim - 1)), self.rate, key)

    example = Example((5, 3))


def _mask(like: Array, shape: tuple[int, ...], rate: float, key: int) -> Array:
    """m / (1 - rate): what Dropout makes of ones."""
    return kernels.of(like).dropout(namespace(like).ones_like(like, shape=shape), rate, key)


def _random_key(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return rng.integers(2**64, size=shape, dtype=np.uint64)


def _zero(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return np.zeros(shape, np.uint64)


def _scramble(z: int) -> int:
    """Neighboring counts to unrelated 64-bit keys (the finalizer of SplitMix64)."""
    mask = 2**64 - 1
    z = (z * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)
