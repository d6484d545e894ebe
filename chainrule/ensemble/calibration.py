"""Whether 80 % sure is right four times in five, and how to make it so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .. import notebook
from ..arrays import class_indices, native
from ..declared import checked
from ..errors import InputError
from ..metrics import most_probable
from ..ranges import PositiveFloat, Units
from ..text import aligned, percent, plural
from ..types import Array

if TYPE_CHECKING:
    from ..plotting import Chart

COLDEST, HOTTEST = 0.01, 100.0
"""Temperatures that are looked at."""


@dataclass(frozen=True, eq=False, repr=False)
class Reliability:
    """How often answers are right, by how sure they are, in B bins of equal width.

    counts      int64 (B,), the answers whose confidence, the largest probability, is in each bin
    accuracy    (B,), the share of them that are right; NaN in an empty bin
    confidence  (B,), their mean confidence; NaN in an empty bin

    >>> import numpy as np
    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.95, 0.05], [0.85, 0.15]])
    >>> found = reliability(np.array([0, 0, 1, 0]), p, bins=5)
    >>> found.counts.tolist(), float(found.accuracy[4].round(3)), round(found.error, 3)
    ([0, 0, 0, 1, 3], 0.667, 0.225)
    """

    counts: Array
    accuracy: Array
    confidence: Array

    @property
    def error(self) -> float:
        """ECE = Σ_b n_b / N |accuracy_b - confidence_b|, the expected calibration error."""
        seen = self.counts > 0
        gaps = np.abs(self.accuracy - self.confidence)[seen]
        return float((self.counts[seen] * gaps).sum() / self.counts.sum())

    def plot(self) -> Chart:
        """Accuracy against confidence as a figure, with how many answers are in each bin."""
        from .figures import reliability_diagram

        return reliability_diagram({"": self})

    def _rows(self) -> list[tuple[str, ...]]:
        bins = len(self.counts)
        return [
            ("confidence", "answers", "mean", "right"),
            *(
                (
                    f"{100 * b / bins:.0f} to {100 * (b + 1) / bins:.0f}%",
                    f"{count:,}",
                    percent(float(self.confidence[b])),
                    percent(float(self.accuracy[b])),
                )
                for b, count in enumerate(self.counts.tolist())
                if count
            ),
        ]

    def __repr__(self) -> str:
        said = f"calibration error {percent(self.error, 2)}, {plural(self.counts.sum(), 'answer')}"
        return "\n".join([said, *aligned(self._rows(), right={1, 2, 3})])

    def _repr_html_(self) -> str:
        return notebook.html(f"calibration error {percent(self.error, 2)}", self._rows())


@checked
def reliability(labels: Array, probabilities: Array, bins: Units = 15) -> Reliability:
    """How right answers are by their confidence        labels (N,) · probabilities (N, K)

    An image without probabilities (NaN) counts as a wrong answer of confidence 0. InputError for
    other shapes, values outside [0, 1], and no images.

    Source: DeGroot and Fienberg 1983; Niculescu-Mizil and Caruana 2005, "Predicting good
    probabilities with supervised learning".

    >>> import numpy as np
    >>> reliability(np.array([0, 1]), np.array([[1.0, 0.0], [0.0, 1.0]])).error
    0.0
    """
    labels, p = _pair(labels, probabilities, "probabilities")
    said = most_probable(p)
    sure = np.where(said < 0, 0.0, p.max(axis=1).astype(np.float64))
    if sure.min() < 0 or sure.max() > 1 + 1e-4:
        raise InputError(
            f"probabilities: expected values in [0, 1], received {sure.min():g} to {sure.max():g}; "
            "of logits take the softmax"
        )
    place = np.clip(np.ceil(sure * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN of an empty bin
        right = np.bincount(place, said == labels, bins) / counts
        return Reliability(counts, right, np.bincount(place, sure, bins) / counts)


@checked
def calibration_error(labels: Array, probabilities: Array, bins: Units = 15) -> float:
    """ECE = Σ_b n_b / N |accuracy_b - confidence_b|        labels (N,) · probabilities (N, K)

    The expected calibration error over bins of equal width: 0 where answers are right as often as
    they are sure. InputError as from `reliability`.

    Source: Guo et al. 2017, "On calibration of modern neural networks".

    >>> import numpy as np
    >>> calibration_error(np.array([0, 1]), np.array([[0.75, 0.25], [0.75, 0.25]]))
    0.25
    """
    return reliability(labels, probabilities, bins).error


@checked
def fit_temperature(logits: Array, labels: Array) -> float:
    """T with the least mean of -log softmax(z / T)_y        logits z (N, K) · labels y (N,)

    softmax(z / T) has the same answers, and is as sure as these images bear out: divide other
    logits by T, too. Use images that were not trained on. The derivative by 1 / T,

        mean of Σₖ pₖ zₖ - z_y,  p = softmax(z / T)

    grows with 1 / T, so its zero is found by bisection, between 0.01 and 100. Where every answer is
    right there is none: colder is always better, and other images would not agree.

    InputError for other shapes, logits that are no finite numbers, no images, and no wrong answer.

    Source: Guo et al. 2017, "On calibration of modern neural networks", section 4.2.

    >>> import numpy as np
    >>> z = np.array([[2.0, 0.0]] * 4)
    >>> T = fit_temperature(z, np.array([0, 0, 0, 1]))  # right three times in four
    >>> round(T, 3), round(1 / (1 + math.exp(-2 / T)), 3)
    (1.82, 0.75)
    """
    labels, z = _pair(labels, logits, "logits")
    z = z.astype(np.float64)
    if not np.isfinite(z).all():
        raise InputError("logits: expected finite numbers, received NaN or infinity")
    z = z - z.max(axis=1, keepdims=True)
    own = z[np.arange(len(z)), labels]
    if not (own < 0).any():
        raise InputError(
            f"logits: expected a wrong answer or more to fit a temperature by, received "
            f"{plural(len(z), 'image')} with right ones"
        )

    def slope(inverse: float) -> float:
        e = np.exp(inverse * z)
        return float(((e * z).sum(axis=1) / e.sum(axis=1) - own).mean())

    low, high = math.log(1 / HOTTEST), math.log(1 / COLDEST)
    for _ in range(60):
        middle = (low + high) / 2
        if slope(math.exp(middle)) > 0:
            high = middle
        else:
            low = middle
    return math.exp(-(low + high) / 2)


@checked
def with_temperature(logits: Array, temperature: PositiveFloat) -> Array:
    """z / T, in the dtype of the logits z of any shape. InputError unless T is above 0.

    >>> import numpy as np
    >>> with_temperature(np.array([[2.0, 0.0]]), 2.0).tolist()
    [[1.0, 0.0]]
    """
    logits = native("logits", logits)
    if logits.dtype.kind != "f":
        raise InputError(f"logits: expected floats, received {logits.dtype}")
    cooled: Array = logits / logits.dtype.type(temperature)
    return cooled


def _pair(labels: Array, values: Array, name: str) -> tuple[Array, Array]:
    """labels (N,) in 0..K-1 and values (N, K), N at least 1."""
    values = native(name, values)
    if values.ndim != 2 or 0 in values.shape or values.dtype.kind not in "fiu":
        raise InputError(
            f"{name}: expected numbers (N, K), received {values.dtype} of shape {values.shape}"
        )
    labels = class_indices("labels", labels, values.shape[1])
    if len(labels) != len(values):
        raise InputError(
            f"labels, {name}: expected equally many, received {len(labels):,} and {len(values):,}"
        )
    return labels, values
