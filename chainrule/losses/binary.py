"""Binary cross-entropy: yes or no, for each output on its own."""

from __future__ import annotations

from dataclasses import dataclass

from .. import kernels
from ..errors import InputError
from ..types import Array
from .base import Loss
from .checks import check_targets


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """L = mean of max(z, 0) - z t + log(1 + e^-|z|)        logits z, targets t: (N,) or (N, K)

    which is -t log p - (1 - t) log(1 - p) with p = σ(z), in a form that overflows for no z. The
    mean is over every element. Targets are floats in [0, 1]; an image may show several of the
    K things, or none.

    dL/dz = (σ(z) - t) / count

    ShapeError for other shapes or dtypes, InputError for targets outside [0, 1].

    >>> import numpy as np
    >>> loss, dlogits = BinaryCrossEntropy()(np.array([0.0, 2.0]), np.array([1.0, 0.0]))
    >>> round(loss, 4), dlogits.round(4).tolist()
    (1.41, [-0.25, 0.4404])
    """

    def __call__(self, logits: Array, targets: Array) -> tuple[float, Array]:
        logits, targets = check_targets(logits, targets)
        if targets.min() < 0 or targets.max() > 1:
            bad = float(targets[(targets < 0) | (targets > 1)][0])
            raise InputError(f"targets: expected probabilities in [0, 1], received {bad:g}")
        return kernels.of(logits).binary_cross_entropy(logits, targets)
