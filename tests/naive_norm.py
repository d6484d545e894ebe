"""Every norm by the definition: one number at a time, over plain Python loops."""

from __future__ import annotations

from itertools import product
from math import exp, sqrt

import numpy as np

from chainrule.types import Array

Index = tuple[int, ...]


def statistics(x: Array, where: list[Index]) -> tuple[float, float]:
    """Mean and biased variance of x at these indices."""
    mean = sum(x[i] for i in where) / len(where)
    return mean, sum((x[i] - mean) ** 2 for i in where) / len(where)


def together(kind: str, one: Index, other: Index, groups: int, channels: int) -> bool:
    """Whether two indices of (N, …, C) share a mean."""
    sample, channel = one[0] == other[0], one[-1] == other[-1]
    size = channels // groups
    return {
        "batch": channel,
        "layer": sample,
        "group": sample and one[-1] // size == other[-1] // size,
        "instance": sample and channel,
        "pixel": one[:-1] == other[:-1],
    }[kind]


def normalize(x: Array, kind: str, *, eps: float, groups: int = 1) -> Array:
    """(x - μ) / √(σ² + ε), with μ and σ² of what is ``together``."""
    indices = list(product(*map(range, x.shape)))
    x_hat = np.empty(x.shape)
    for i in indices:
        peers = [j for j in indices if together(kind, i, j, groups, x.shape[-1])]
        mean, var = statistics(x, peers)
        x_hat[i] = (x[i] - mean) / sqrt(var + eps)
    return x_hat


def switchable(x: Array, mean_logits: Array, var_logits: Array, *, eps: float) -> Array:
    """(x - Σ wₖ μₖ) / √(Σ w'ₖ σ²ₖ + ε), each μₖ and σ²ₖ measured on x itself, not pooled."""
    indices = list(product(*map(range, x.shape)))
    x_hat = np.empty(x.shape)
    for i in indices:
        mean = var = 0.0
        for k, kind in enumerate(("instance", "layer", "batch")):
            m, v = statistics(x, [j for j in indices if together(kind, i, j, 1, x.shape[-1])])
            mean += exp(mean_logits[k]) / sum(map(exp, mean_logits)) * m
            var += exp(var_logits[k]) / sum(map(exp, var_logits)) * v
        x_hat[i] = (x[i] - mean) / sqrt(var + eps)
    return x_hat
