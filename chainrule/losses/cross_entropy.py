"""Softmax cross-entropy, the loss of classification."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import kernels
from ..arrays import namespace, native
from ..ranges import Fraction
from ..types import Array
from .base import Loss, sample_weights_like
from .checks import ClassWeights, as_weights, check_distributions, check_labels, weights_like


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss):
    """L = -1/N Σᵢ Σₖ wₖ qᵢₖ log pᵢₖ,  p = softmax(logits)        logits (N, K)

    dL/dlogitᵢₖ = (pᵢₖ Σⱼ wⱼ qᵢⱼ - wₖ qᵢₖ) / N, which without weights is (p - q) / N.

    The targets are labels, int64 (N,), or distributions q over the classes, float (N, K), whose
    rows add up to 1 (mixed images, a teacher's probabilities). Labels are one-hot q.
    ``smoothing`` s turns q into (1 - s) q + s/K (Szegedy et al. 2016).

    ``class_weights`` w (K,) make rare classes count more. The mean is over N, whatever the
    weights: so the loss of a data set is that of its batches, and one-hot rows cost what labels
    cost. PyTorch agrees for distributions; for labels it divides by Σ w[label] instead.

    ShapeError for other shapes or dtypes; InputError for a label outside 0..K-1, for rows that are
    no distributions, and for an option out of its range.

    >>> import numpy as np
    >>> loss, dlogits = SoftmaxCrossEntropy()(np.array([[2.0, 1.0, 0.0]]), np.array([0]))
    >>> round(loss, 4), dlogits.round(4).tolist()
    (0.4076, [[-0.3348, 0.2447, 0.09]])
    """

    config_name = "cross-entropy"

    smoothing: Fraction = 0.0
    class_weights: ClassWeights | None = None

    def __post_init__(self) -> None:
        weights = as_weights(self.class_weights)
        object.__setattr__(self, "class_weights", weights)

    def __call__(self, logits: Array, targets: Array) -> tuple[float, Array]:
        logits, targets = native("logits", logits), native("targets", targets)
        if self.class_weights is None and not _are_soft(targets):
            logits, targets = check_labels(logits, targets)
            return kernels.of(logits).softmax_cross_entropy(logits, targets, self.smoothing)
        logits, q = self._shares(logits, targets)
        return kernels.of(logits).soft_cross_entropy(logits, q)

    def weighted(self, logits: Array, targets: Array, weights: Array) -> tuple[float, Array]:
        """L = -1/N Σᵢ wᵢ Σₖ qᵢₖ log pᵢₖ        logits (N, K) · weights w (N,), 0 or more

        dL/dlogitᵢₖ = (pᵢₖ Σⱼ wᵢ qᵢⱼ - wᵢ qᵢₖ) / N: that of the targets wᵢ qᵢ, in one pass.

        ShapeError and InputError as for the loss, and for weights that are not N finite numbers of
        0 or more.
        """
        logits, q = self._shares(native("logits", logits), native("targets", targets))
        q = q * sample_weights_like(weights, logits)[:, None]
        return kernels.of(logits).soft_cross_entropy(logits, q)

    def _shares(self, logits: Array, targets: Array) -> tuple[Array, Array]:
        """(logits, q): the share of each class in each target, (N, K), times its weight."""
        if _are_soft(targets):
            logits, q = check_distributions(logits, targets)
            if self.smoothing:
                q = (1 - self.smoothing) * q + self.smoothing / logits.shape[1]
        else:
            logits, targets = check_labels(logits, targets)
            xp = namespace(logits)
            q = xp.full_like(logits, self.smoothing / logits.shape[1])
            q[xp.arange(len(q)), targets] += 1 - self.smoothing
        if self.class_weights is not None:
            q = q * weights_like("class_weights", tuple(self.class_weights), logits)
        return logits, q


def _are_soft(targets: Array) -> bool:
    return targets.ndim == 2 and np.issubdtype(targets.dtype, np.floating)
