"""What every linear classifier knows, however its weights were found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import kernels
from ..types import Array
from .estimator import Classifier

if TYPE_CHECKING:
    from ..plotting import Chart

ROWS = 4096
"""Samples that are turned into floats at a time."""


class LinearClassifier(Classifier):
    """scores = x Wᵀ + b, of which the highest wins        x (D,) · W (K, D) · b (K,)

    Known after ``fit`` are, beside what every classifier knows,

    coef_, intercept_    W (K, D) and b (K,), for x as it is given
    templates_           W as images (K, H, W, C)
    accuracy_curve_      the share of right answers on the training samples, as learning went on
    """

    coef_: Array
    intercept_: Array
    accuracy_curve_: list[float]

    def decision_function(self, X: Any) -> Array:
        """The scores of each class, (N, K); of two classes that of the second less that of the
        first, (N,), as scikit-learn has it."""
        scores = self._scores(self._rows(X))
        if len(self.classes_) == 2:
            margin: Array = scores[:, 1] - scores[:, 0]
            return margin
        return scores

    @property
    def templates_(self) -> Array:
        """The weights of each class as an image, (K, H, W, C). InputError for samples that are no
        images."""
        shape = self.image_shape_
        return self.coef_.reshape(-1, *shape)

    def plot_templates(self) -> Chart:
        """The template of each class as a figure: ``savefig(path)`` writes it to a file."""
        from .figures import templates

        return templates(self.templates_, [str(name) for name in self.classes_])

    def _scores(self, x: Array) -> Array:
        kind = np.float64 if x.dtype == np.float64 else np.float32
        w, b = self.coef_.astype(kind).T, self.intercept_.astype(kind)
        scores = np.empty((len(x), w.shape[1]), kind)
        for start in range(0, len(x), ROWS):
            part = x[start : start + ROWS].astype(kind, copy=False)
            scores[start : start + ROWS] = kernels.of(part).matmul(part, w) + b
        return scores

    def _codes(self, x: Array) -> Array:
        codes: Array = self._scores(x).argmax(axis=1)
        return codes
