"""Images whose label contradicts the predictions of a net that has not learned from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import class_indices, native
from ..declared import checked
from ..errors import InputError
from ..text import plural
from ..types import Array


@dataclass(frozen=True, eq=False, repr=False)
class LabelErrors:
    """Images that are likely labeled wrong, the likeliest first.

    indices      int64 (M,), into the images
    suggested    int64 (M,), the class that each looks like
    margins      (M,), p of that class minus p of the label
    thresholds   (K,), p from which an image counts as one of the class; NaN without images
    joint        int64 (K, K), images by their label (row) and by what they look like (column)

    >>> import numpy as np
    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.95, 0.05]])
    >>> found = label_errors(p, np.array([0, 0, 1, 1]))
    >>> found.indices.tolist(), found.suggested.tolist(), found.joint.tolist()
    ([3], [0], [[1, 0], [1, 1]])
    """

    indices: Array
    suggested: Array
    margins: Array
    thresholds: Array
    joint: Array

    def __len__(self) -> int:
        return len(self.indices)

    def __repr__(self) -> str:
        shown = plural(int(self.joint.sum()), "image")
        return f"LabelErrors: {plural(len(self), 'likely error')} among {shown} with a clear answer"


@checked
def label_errors(probabilities: Array, labels: Array) -> LabelErrors:
    """Confident learning        probabilities (N, K) · labels int64 (N,)

    tⱼ = mean of pⱼ over the images labeled j. An image looks like the class j of the greatest
    pⱼ ≥ tⱼ; where that is not its label, the label is likely wrong. Classes that a net is unsure
    of have a low threshold, those that it knows well a high one.

    The predictions must be of images that the net has not been trained on, or it knows the wrong
    labels by heart. Images with NaN are left out. Hard images are among those found: look at them.

    InputError for one class, no images, labels outside of 0..K-1, and unequal lengths.

    Source: Northcutt et al. 2021, "Confident learning: estimating uncertainty in dataset labels".

    >>> import numpy as np
    >>> len(label_errors(np.eye(3), np.arange(3)))
    0
    """
    p = native("probabilities", probabilities)
    if p.ndim != 2 or p.shape[1] < 2 or not len(p) or p.dtype.kind not in "fiub":
        raise InputError(
            "probabilities: expected (N, K) of at least one image and two classes, received "
            f"{p.dtype} of shape {p.shape}"
        )
    n, k = p.shape
    given = class_indices("labels", labels, k)
    if len(given) != n:
        raise InputError(f"labels: expected one for each of {n:,} images, received {len(given):,}")
    known = np.isfinite(p).all(axis=1)
    thresholds = np.full(k, np.nan)
    for j in range(k):
        members = known & (given == j)
        if members.any():
            thresholds[j] = p[members, j].mean(dtype=np.float64)
    answers = looks_like(p, thresholds)
    joint = np.zeros((k, k), np.int64)
    np.add.at(joint, (given[answers >= 0], answers[answers >= 0]), 1)
    found = np.flatnonzero((answers >= 0) & (answers != given))
    margins = p[found, answers[found]].astype(np.float64) - p[found, given[found]]
    order = np.argsort(-margins, kind="stable")
    return LabelErrors(found[order], answers[found][order], margins[order], thresholds, joint)


def looks_like(p: Array, thresholds: Array | float) -> Array:
    """int64 (N,): the class of the greatest pⱼ that reaches its threshold; -1 where none does, and
    where p is NaN."""
    with np.errstate(invalid="ignore"):
        reached = (p >= thresholds) & np.isfinite(p).all(axis=1, keepdims=True)
    answers: Array = np.where(reached, p, -np.inf).argmax(axis=1).astype(np.int64)
    answers[~reached.any(axis=1)] = -1
    return answers
