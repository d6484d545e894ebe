"""Dropout, inverted: prediction needs no correction."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import kernels
from ..errors import InputError
from ..types import Array
from .base import Layer
from .variables import Buffer


class Dropout(Layer):
    """y = x m / (1 - rate), m ~ Bernoulli(1 - rate)        dL/dx = dy m / (1 - rate)

    Predicting is the identity. The mask is a hash of (key, count, index): ``key`` is drawn with
    the weights, ``count`` is the number of forwards so far. Both are saved, so a resumed
    training drops the same units, and the cache is one number instead of a mask.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
    overfitting".
    """

    def __init__(self, rate: float) -> None:
        if not 0 <= rate < 1:
            raise InputError(f"rate: expected a probability in [0, 1), received {rate}")
        self.rate = rate
        self.key = Buffer((), _random_key, np.uint64)
        self.count = Buffer((), _zero, np.uint64)

    def __call__(self, x: Array) -> Array:
        return x

    def forward(self, x: Array) -> tuple[Array, int]:
        key = _scramble(int(self.key.value) + int(self.count.value))
        self.count.value = self.count.value + np.uint64(1)
        return self.backward(x, key), key

    def backward(self, dy: Array, key: int) -> Array:
        return kernels.of(dy).dropout(dy, self.rate, key)


def _random_key(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return rng.integers(2**64, size=shape, dtype=np.uint64)


def _zero(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return np.zeros(shape, np.uint64)


def _scramble(z: int) -> int:
    """Neighbouring counts to unrelated 64-bit keys (the finaliser of SplitMix64)."""
    mask = 2**64 - 1
    z = (z * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)
