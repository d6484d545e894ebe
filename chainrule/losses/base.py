"""What a loss is."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from ..arrays import namespace
from ..declared import Checked
from ..errors import InputError, ShapeError
from ..types import Array


class Loss(Checked, ABC):
    """A number to make small, and the gradient that says how.

        loss, dlogits = criterion(logits, targets)

    ``loss`` is a Python float, the mean over the batch; ``dlogits`` is its gradient, in the shape
    and dtype of ``logits``. Probabilities are never taken: a softmax or sigmoid before the loss
    would be a second one. Shapes must fit as they are, nothing broadcasts. Losses are frozen and
    hold no state: two with equal options are equal.

    Raises ShapeError for arrays of the wrong shape or dtype, InputError for values that no
    target can have (a label without an output, NaN).

    Logits, or outputs, are (N, K) for a classifier; each loss states its shapes.

    >>> from chainrule import losses
    >>> isinstance(losses.MSE(), Loss), losses.MSE() == losses.MSE()
    (True, True)
    """

    described = "a loss"

    @abstractmethod
    def __call__(self, logits: Array, targets: Array) -> tuple[float, Array]: ...

    def weighted(self, logits: Array, targets: Array, weights: Array) -> tuple[float, Array]:
        """L = 1/N Σᵢ wᵢ lᵢ        logits (N, …) · targets (N, …) · weights w (N,), 0 or more

        dL/dlogitsᵢ = wᵢ/N dlᵢ/dlogitsᵢ, where lᵢ is the loss of sample i alone.

        The loss of all samples is the mean of the lᵢ, and so is that of the n samples that share
        a weight u: they add u n/N times their loss and its gradient. Weights of mean 1 over a
        data set make L, over that set, Σ wᵢ lᵢ / Σ wᵢ.

        ShapeError for weights of another shape; InputError for negative and for NaN ones.
        """
        weights = sample_weights_like(weights, logits)
        xp = namespace(logits)
        dlogits = xp.zeros_like(logits)
        shares = []
        for weight in sorted(set(weights[weights > 0].tolist())):
            rows = xp.flatnonzero(weights == weight)
            share = weight * len(rows) / len(weights)
            mean, gradient = self(logits[rows], targets[rows])
            shares.append(share * mean)
            dlogits[rows] = share * gradient
        return math.fsum(shares), dlogits


def sample_weights_like(weights: Array, logits: Array) -> Array:
    """One weight for each of the N samples, in the dtype of ``logits`` (N, …)."""
    xp = namespace(logits)
    given = xp.asarray(weights)
    if given.shape != logits.shape[:1] or given.dtype.kind not in "fiub":
        raise ShapeError(
            f"weights: expected numbers of shape {logits.shape[:1]}, one for each sample, received "
            f"{given.dtype} of shape {given.shape}"
        )
    if not (xp.isfinite(given).all() and (given >= 0).all()):
        raise InputError("weights: expected finite numbers of 0 or more, received others")
    like: Array = given.astype(logits.dtype, copy=False)
    return like
