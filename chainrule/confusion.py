"""Which classes were taken for which: as many counts as there are different answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import notebook
from .arrays import class_indices, native
from .errors import InputError
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
        labels, predicted = native("labels", labels), native("predicted", predicted)
        if labels.shape != predicted.shape or labels.ndim != 1:
            raise InputError(
                f"labels, predicted: expected two of shape (N,), received {labels.shape} and "
                f"{predicted.shape}"
            )
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
        totals = np.zeros(self.classes, np.int64)
        np.add.at(totals, self.true, self.counts)
        return totals

    def mistakes(self, most: int) -> list[tuple[int, int, int]]:
        """(true, predicted, count) of the most frequent mistakes, the first of equals first."""
        wrong = np.flatnonzero(self.true != self.predicted)
        order = wrong[np.argsort(-self.counts[wrong], kind="stable")][:most]
        columns = (column[order].tolist() for column in (self.true, self.predicted, self.counts))
        return list(zip(*columns, strict=True))
