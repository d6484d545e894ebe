"""First values of parameters: ``init(rng, shape) -> float64 array``, cast when stored.

Weights are (in, out) or (kh, kw, in, out): the last axis is the output, and

    fan_in  = all axes but the last        numbers that each output sums
    fan_out = all axes but the last two, times the last        outputs that each input feeds
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .errors import InputError
from .types import Array

Shape = tuple[int, ...]


def fans(shape: Shape) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight shape. InputError below two axes: a bias has no fans."""
    if len(shape) < 2:
        raise InputError(f"an initialiser with fans needs a weight of 2 or more axes, got {shape}")
    receptive = math.prod(shape[:-2])
    return receptive * shape[-2], receptive * shape[-1]


def zeros(rng: np.random.Generator, shape: Shape) -> Array:
    """w = 0"""
    return np.zeros(shape)


def ones(rng: np.random.Generator, shape: Shape) -> Array:
    """w = 1"""
    return np.ones(shape)


def he_normal(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ N(0, 2 / fan_in): keeps the variance of activations through layers with ReLU.

    Source: He et al. 2015, "Delving deep into rectifiers".
    """
    return rng.normal(0, math.sqrt(2 / fans(shape)[0]), shape)


def he_normal_fan_out(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ N(0, 2 / fan_out): keeps the variance of gradients instead."""
    return rng.normal(0, math.sqrt(2 / fans(shape)[1]), shape)


def he_uniform(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ U(-a, a), a = √(6 / fan_in): the variance of ``he_normal``."""
    a = math.sqrt(6 / fans(shape)[0])
    return rng.uniform(-a, a, shape)


def xavier_normal(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ N(0, 2 / (fan_in + fan_out)): between keeping activations and keeping gradients.

    Source: Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward
    neural networks".
    """
    return rng.normal(0, math.sqrt(2 / sum(fans(shape))), shape)


def xavier_uniform(rng: np.random.Generator, shape: Shape) -> Array:
    """w ~ U(-a, a), a = √(6 / (fan_in + fan_out)): the variance of ``xavier_normal``."""
    a = math.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-a, a, shape)


@dataclass(frozen=True)
class Normal:
    """w ~ N(0, std²), whatever the shape: the small random weights of the textbooks."""

    std: float = 0.01

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        return rng.normal(0, self.std, shape)
