"""The losses of support vector machines: right answers must win by a margin, then cost nothing."""

from __future__ import annotations

from dataclasses import dataclass

from .. import kernels
from ..ranges import NonNegativeFloat
from ..types import Array
from .base import Loss
from .checks import check_labels


@dataclass(frozen=True)
class MulticlassHinge(Loss):
    """L = 1/N Σᵢ Σ_{k≠y} max(0, sᵢₖ - sᵢ_y + margin)        scores (N, K) · labels int (N,)

    The multi-class SVM: each class that comes within ``margin`` of the right one pays its
    distance, or with ``squared`` the square of it.

    dL/dsₖ = [term above 0] / N for k ≠ y, and dL/ds_y is minus their sum; times twice the term
    if squared. At the kink, a term of exactly 0, the subgradient is 0.

    PyTorch's ``multi_margin_loss`` divides by K as well. Source: Weston and Watkins 1999,
    "Support vector machines for multi-class pattern recognition".

    ShapeError for other shapes or dtypes; InputError for a label outside 0..K-1, and for an option
    out of its range.

    >>> import numpy as np
    >>> loss, dlogits = MulticlassHinge()(np.array([[3.2, 5.1, -1.7]]), np.array([0]))
    >>> round(loss, 4), dlogits.round(4).tolist()
    (2.9, [[-1.0, 1.0, 0.0]])
    """

    config_name = "hinge"

    margin: NonNegativeFloat = 1.0
    squared: bool = False

    def __call__(self, logits: Array, labels: Array) -> tuple[float, Array]:
        logits, labels = check_labels(logits, labels)
        return kernels.of(logits).multiclass_hinge(logits, labels, self.margin, self.squared)


@dataclass(frozen=True)
class OneVsRestHinge(Loss):
    """L = 1/N Σᵢ Σₖ max(0, margin - tᵢₖ sᵢₖ)        scores (N, K) · labels int (N,)

    with t = +1 at the label and -1 elsewhere: K two-class SVMs side by side, each term squared
    with ``squared``.

    dL/dsₖ = -tₖ [term above 0] / N, times twice the term if squared. At the kink, a term of
    exactly 0, the subgradient is 0.

    ShapeError for other shapes or dtypes; InputError for a label outside 0..K-1, and for an option
    out of its range.

    Source: Rifkin and Klautau 2004, "In defense of one-vs-all classification".

    >>> import numpy as np
    >>> loss, dlogits = OneVsRestHinge()(np.array([[0.2, 5.1, -1.7]]), np.array([0]))
    >>> round(loss, 4), dlogits.round(4).tolist()
    (6.9, [[-1.0, 1.0, 0.0]])
    """

    config_name = "one-vs-rest-hinge"

    margin: NonNegativeFloat = 1.0
    squared: bool = False

    def __call__(self, logits: Array, labels: Array) -> tuple[float, Array]:
        logits, labels = check_labels(logits, labels)
        return kernels.of(logits).one_vs_rest_hinge(logits, labels, self.margin, self.squared)
