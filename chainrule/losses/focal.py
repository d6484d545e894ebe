"""The focal loss, for classes of very unequal size."""

from __future__ import annotations

from dataclasses import dataclass

from .. import kernels
from ..arrays import namespace
from ..ranges import NonNegativeFloat
from ..types import Array
from .base import Loss
from .checks import ClassWeights, as_weights, check_labels, weights_like


@dataclass(frozen=True)
class Focal(Loss):
    """L = -1/N Σ α_y (1 - p_y)^γ log p_y,  p = softmax(logits)    logits (N, K) · labels int (N,)

    Cross-entropy in which a sample counts the less the surer the model is of it; γ = 0 is
    cross-entropy itself. ``alpha`` (K,) weighs the classes, None weighs them alike.

    dL/dlogitₖ = α_y ((1-p_y)^γ - γ p_y (1-p_y)^(γ-1) log p_y) (pₖ - [k = y]) / N

    ShapeError for other shapes or dtypes; InputError for a label outside 0..K-1, and for an option
    out of its range.

    Source: Lin et al. 2017, "Focal loss for dense object detection", here for K classes.

    >>> import numpy as np
    >>> loss, dlogits = Focal(gamma=2.0)(np.array([[2.0, 1.0, 0.0]]), np.array([0]))
    >>> round(loss, 4), dlogits.round(4).tolist()
    (0.0457, [[-0.0983, 0.0719, 0.0264]])
    """

    config_name = "focal"

    gamma: NonNegativeFloat = 2.0
    alpha: ClassWeights | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", as_weights(self.alpha))

    def __call__(self, logits: Array, labels: Array) -> tuple[float, Array]:
        logits, labels = check_labels(logits, labels)
        alpha = namespace(logits).ones_like(logits[0])
        if self.alpha is not None:
            alpha = weights_like("alpha", tuple(self.alpha), logits)
        return kernels.of(logits).focal(logits, labels, alpha, self.gamma)
