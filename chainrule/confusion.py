"""Which classes were taken for which, and precision, recall and F1, which follow from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from . import notebook, require
from .arrays import class_indices, native
from .declared import checked
from .errors import InputError
from .ranges import Units
from .text import plural
from .types import Array

MOST_SHOWN = 30  # classes of a matrix that a notebook shows


@dataclass(frozen=True, eq=False, repr=False)
class Confusion:
    """``counts[m]`` samples of class ``true[m]`` were taken for ``predicted[m]``.

    Only pairs that occurred are held, in the order of true and then predicted class: at most N of
    N samples, where the matrix of 10,000 classes would take 800 MB.

    true, predicted and counts are int64 (M,), for M pairs.

    InputError from `of` for arrays that do not fit.

    >>> import numpy as np
    >>> confusion = Confusion.of(np.array([0, 0, 1]), np.array([0, 1, 1]), k=2)
    >>> confusion.matrix.tolist(), confusion.mistakes(1)
    ([[1, 1], [0, 1]], [(0, 1, 1)])
    """

    true: Array
    predicted: Array
    counts: Array
    classes: int

    @classmethod
    def of(cls, labels: Array, predicted: Array, k: int) -> Confusion:
        """Count the answers ``predicted`` (N,) for ``labels`` (N,), each of 0..k-1. InputError
        for other shapes and values."""
        require.integer(1, k=k)
        labels, predicted = same_images(labels, predicted)
        labels, predicted = (
            class_indices("labels", labels, k), class_indices("predicted", predicted, k)
        )  # fmt: skip
        cells, counts = np.unique(labels * k + predicted, return_counts=True)
        return cls(*np.divmod(cells, k), counts.astype(np.int64), k)

    def __repr__(self) -> str:
        right = f"{self.correct.sum():,} of {self.counts.sum():,}"
        return f"Confusion({right} right, {plural(self.classes, 'class')})"

    def _repr_html_(self) -> str:
        if self.classes > MOST_SHOWN:
            return notebook.html(repr(self))
        names = [str(k) for k in range(self.classes)]
        rows = zip(names, self.matrix.tolist(), strict=True)
        cells = [[name, *(f"{count:,}" if count else "" for count in row)] for name, row in rows]
        return notebook.html(repr(self), [["true, predicted", *names], *cells])

    @property
    def matrix(self) -> Array:
        """Cᵢⱼ = how many of class i were taken for class j        int64 (K, K)"""
        matrix = np.zeros((self.classes, self.classes), np.int64)
        matrix[self.true, self.predicted] = self.counts
        return matrix

    @property
    def correct(self) -> Array:
        """Cᵢᵢ, int64 (K,)"""
        correct = np.zeros(self.classes, np.int64)
        own = self.true == self.predicted
        correct[self.true[own]] = self.counts[own]
        return correct

    @property
    def totals(self) -> Array:
        """Σⱼ Cᵢⱼ, int64 (K,): the answered samples of each true class."""
        return self._sums(self.true)

    @property
    def matches(self) -> Array:
        """Σᵢ Cᵢⱼ, int64 (K,): the samples that were taken for each class."""
        return self._sums(self.predicted)

    def _sums(self, axis: Array) -> Array:
        sums = np.zeros(self.classes, np.int64)
        np.add.at(sums, axis, self.counts)
        return sums

    def mistakes(self, most: int) -> list[tuple[int, int, int]]:
        """(true, predicted, count) of the most frequent mistakes, the first of equals first."""
        wrong = np.flatnonzero(self.true != self.predicted)
        order = wrong[np.argsort(-self.counts[wrong], kind="stable")][:most]
        columns = (column[order].tolist() for column in (self.true, self.predicted, self.counts))
        return list(zip(*columns, strict=True))


@dataclass(frozen=True, eq=False)
class ClassScores:
    """Precision, recall and F1 of each of K classes, float64 (K,), and their macro averages.

    precision  TP / (TP + FP): of the images taken for a class, the share that are of it
    recall     TP / (TP + FN): of the images of a class, the share that were found
    f1         2 TP / (2 TP + FP + FN): their harmonic mean
    support    int64 (K,): images of each class

    A class without images has recall NaN, and one that was not predicted either NaN throughout. A
    class that has images and was never predicted has precision 0. ``macro`` is the plain mean of
    (precision, recall, f1) over the classes that have images, each weighing the same.

    >>> import numpy as np
    >>> from chainrule.metrics import precision_recall_f1
    >>> scores = precision_recall_f1(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    >>> scores.precision.tolist(), scores.recall.tolist(), scores.support.tolist()
    ([1.0, 0.5], [0.5, 1.0], [2, 1])
    """

    precision: Array
    recall: Array
    f1: Array
    support: Array

    @property
    def macro(self) -> tuple[float, float, float]:
        """The means of (precision, recall, f1) over the classes that have images."""
        seen = self.support > 0
        if not seen.any():
            return math.nan, math.nan, math.nan
        precision, recall, f1 = (
            float(x[seen].mean()) for x in (self.precision, self.recall, self.f1)
        )
        return precision, recall, f1


@checked
def precision_recall_f1(labels: Array, predicted: Array, k: Units) -> ClassScores:
    """Precision, recall and F1 of each of k classes.

    labels (N,) · predicted (N,), both in 0..k-1; a prediction of -1, as of an image for which the
    model gave no number, is an answer that is right for no class. Raises InputError for others.

    >>> scores = precision_recall_f1(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), 2)
    >>> scores.precision.round(3).tolist(), scores.recall.tolist(), scores.f1.round(3).tolist()
    ([1.0, 0.667], [0.5, 1.0], [0.667, 0.8])
    >>> [round(mean, 3) for mean in scores.macro]
    [0.833, 0.75, 0.733]
    """
    labels, predicted = same_images(labels, predicted)
    answered = predicted != -1
    answers = Confusion.of(labels[answered], predicted[answered], k)
    support = np.bincount(class_indices("labels", labels, k), minlength=k)
    taken, right = answers.matches, answers.correct
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN of what there is not
        precision = np.where((taken == 0) & (support > 0), 0.0, right / taken)
        return ClassScores(precision, right / support, 2 * right / (support + taken), support)


def same_images(labels: Array, predicted: Array) -> tuple[Array, Array]:
    """Both as arrays (N,) of integers. InputError for any other."""
    labels, predicted = native("labels", labels), native("predicted", predicted)
    if labels.shape == predicted.shape == (0,):  # an empty list has no kind of number
        return labels.astype(np.int64), predicted.astype(np.int64)
    for x in (labels, predicted):
        if x.ndim != 1 or len(x) != len(labels) or x.dtype.kind not in "iu":
            raise InputError(
                f"labels, predicted: expected two of class indices (N,), received {labels.dtype} "
                f"of shape {labels.shape} and {predicted.dtype} of shape {predicted.shape}"
            )
    return labels, predicted
