"""Batch norm over a batch that is cut into parts: statistics of all parts, forward and backward.

Part r has nᵣ values a channel, of mean μᵣ and variance σ²ᵣ. With wᵣ = nᵣ / Σ n the whole has

    μ = Σᵣ wᵣ μᵣ        σ² = Σᵣ wᵣ (σ²ᵣ + (μᵣ - μ)²)

which loses nothing where means are large beside their spread, as Σ x² - n μ² would. Backward, with
s = 1/√(σ² + ε), x̂ = s (x - μ), dx̂ = γ dy and Σ over the values of all parts:

    dx̂ reaches x itself      s dx̂
    through μ                dμ  = -s Σ dx̂            ∂μ/∂x  = 1 / N
    through σ²               dσ² = -½ s² Σ dx̂ x̂       ∂σ²/∂x = 2 (x - μ) / N

    dx = s dx̂ + (dμ + 2 (x - μ) dσ²) / N,   N = Σ n

Each part sums its own dx̂ and dx̂ x̂, the sums of all are gathered, and each has then its own dx. dγ
and dβ stay those of the part: they are added up with all other gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .. import kernels
from ..device import beside, on_host
from ..types import Array
from .shard import Shard

Gather = Callable[[Array], Array]


class Joint(NamedTuple):
    """How the statistics of a forward pass were taken: by whom, and this part's share of N."""

    gather: Gather
    share: float


def joint_moments(x: Array, part: Shard, gather: Gather) -> tuple[Array, Array, int, Joint]:
    """μ and σ² (1, C) of all parts, in the dtype of x (1, S, C, 1), and their N."""
    mean, var = kernels.of(x).moments(x)
    count = x.shape[1] if part.counted else 0
    own: Any = [[count], on_host(mean[0]), on_host(var[0])]
    rows = gather(np.concatenate(own).astype(np.float64))
    counts, (means, variances) = rows[:, 0], np.split(rows[:, 1:], 2, axis=1)
    total = counts.sum()
    w = (counts / total)[:, None]
    mean = (w * means).sum(axis=0)
    var = (w * (variances + (means - mean) ** 2)).sum(axis=0)
    joint = Joint(gather, float(count / total))
    mean, var = (beside(x, each[None].astype(x.dtype)) for each in (mean, var))
    return mean, var, int(total), joint


def joint_backward(
    dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float, joint: Joint
) -> tuple[Array, Array, Array]:
    """dx (1, S, C, 1), and this part's dγ and dβ (C, 1)."""
    kernel = kernels.of(dy)
    dx, dgamma, dbeta, dmean, dvar = kernel.normalize_with_backward(dy, x, gamma, mean, var, eps)
    own = np.concatenate([on_host(dmean[0]), on_host(dvar[0])]).astype(np.float64)
    sums = joint.gather(own).sum(axis=0)
    # the kernel divides by the part's own count: share / count is 1 / N
    parts = np.split(joint.share * sums, 2)
    dmean, dvar = (beside(x, part[None].astype(x.dtype)) for part in parts)
    dx += kernel.moments_backward(dmean, dvar, x, mean)
    return dx, dgamma, dbeta
