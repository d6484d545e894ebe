"""Losses, always from logits: ``loss, dlogits = criterion(logits, labels)``, mean over the batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from . import kernels
from .errors import InputError, ShapeError
from .types import Array


class Loss(ABC):
    """A number to make small, and the gradient that says how."""

    @abstractmethod
    def __call__(self, logits: Array, labels: Array) -> tuple[float, Array]:
        """The mean loss, and dL/dlogits in the shape and dtype of ``logits``."""


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss):
    """L = -mean Σₖ qₖ log pₖ,  p = softmax(logits)        logits (N, K) · labels int64 (N,)

    dL/dlogits = (p - q) / N. The target q is one-hot, softened by ``smoothing`` s: 1 - s + s/K at
    the label, s/K elsewhere (Szegedy et al. 2016). Probabilities are not accepted: a softmax
    before this loss would be a second one.
    """

    smoothing: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.smoothing < 1:
            raise InputError(f"smoothing: expected a number in [0, 1), received {self.smoothing}")

    def __call__(self, logits: Array, labels: Array) -> tuple[float, Array]:
        check_labels(logits, labels)
        return kernels.of(logits).softmax_cross_entropy(logits, labels, self.smoothing)


def check_labels(logits: Array, labels: Array) -> None:
    """Raise unless logits are (N, K) and labels are N integers in [0, K): nothing broadcasts."""
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ShapeError(
            f"the loss expects logits (N, K) and labels (N,), received {logits.shape} and "
            f"{labels.shape}"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise ShapeError(f"the loss expects integer labels, received {labels.dtype}")
    k = logits.shape[1]
    if labels.size and not (labels.min() >= 0 and labels.max() < k):
        bad = int(labels[(labels < 0) | (labels >= k)][0])
        raise InputError(f"label {bad} is outside 0..{k - 1}, the outputs that the model has")
