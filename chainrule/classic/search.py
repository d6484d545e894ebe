"""Weights at random, the best of many draws: how far one comes without a gradient."""

from __future__ import annotations

import numpy as np

from .. import kernels, require
from ..random import generator
from ..types import Array
from .centered import Centered
from .scores import LinearClassifier

TOGETHER = 32  # draws whose scores are one matrix product
ROWS = 2048  # samples whose scores of so many draws stay in cache


class RandomSearch(LinearClassifier):
    """scores = z W + b with the one of many random W, b that is right most often

    W (D, K) and b (K,) have entries from N(0, 1), of ``draws`` draws; z is x, centered and scaled
    so that the mean of |z|² is 1. It is no way to learn, and is there to compare with: after as
    many looks at the data gradient descent is far better. ``accuracy_curve_`` has the best accuracy
    on the training samples so far, after each draw. Of equals the first draw stays.

    ``fit``: InputError for a parameter out of its range, and for samples and labels that cannot be.

    Source: Karpathy 2015, "CS231n: Optimization", strategy 1.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> search = RandomSearch(100).fit(train.images, train.labels)
    >>> 0.15 < search.score(test.images, test.labels) < 0.5, len(search.accuracy_curve_)
    (True, 100)
    """

    def __init__(self, draws: int = 1000, *, random_state: int = 0) -> None:
        self.draws = draws
        self.random_state = random_state

    def _check(self, count: int) -> None:
        require.integer(1, draws=self.draws)
        require.integer(0, random_state=self.random_state)

    def _fit(self, x: Array, codes: Array) -> None:
        centered, shape = Centered.of(x), (x.shape[1] + 1, len(self.classes_))
        best = -1
        self.accuracy_curve_ = []
        for first in range(0, self.draws, TOGETHER):
            drawn = [
                generator("random search", self.random_state, i).standard_normal(shape, np.float32)
                for i in range(first, min(self.draws, first + TOGETHER))
            ]
            for right, weights in zip(_right(centered, x, codes, drawn), drawn, strict=True):
                if right > best:
                    best, kept = int(right), weights
                self.accuracy_curve_.append(best / len(x))
        self.coef_, self.intercept_ = centered.undone(kept[:-1], kept[-1])


def _right(centered: Centered, x: Array, codes: Array, drawn: list[Array]) -> Array:
    """How many samples each of several weights (D + 1, K), the bias last, gets right."""
    w = np.concatenate(drawn, axis=1)
    right = np.zeros(len(drawn), np.int64)
    for start in range(0, len(x), ROWS):
        part = slice(start, start + ROWS)
        z = centered(x[part])
        scores = kernels.of(z).matmul(z, w[:-1]) + w[-1]
        said = scores.reshape(len(z), len(drawn), -1).argmax(axis=2)
        right += (said == codes[part, np.newaxis]).sum(axis=0)
    return right
