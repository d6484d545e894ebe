"""k nearest neighbors: nothing is learned, everything is kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import kernels, require
from ..errors import InputError
from ..printable import received
from ..text import plural
from ..types import Array
from .estimator import Classifier

DISTANCES = {"L1": 1, "L2": 2}
"""The power p of each distance."""

MORE = 1e-6  # votes


class KNN(Classifier):
    """the class of most of the k nearest training samples

        d(x, x') = Σ |x - x'|  for "L1",  √Σ (x - x')²  for "L2"        x (D,)

    Of training samples that are equally far the earlier one is nearer. Where several classes have
    the most neighbors, the one with the nearest of them wins, so that k = 2 says what k = 1 does.

    Distances are exact, to the rounding of float64, however the work is cut: L2 takes its products
    from GEMM in float32 and sums anew what these cannot rule out. Blocks are some 64 MB, and
    training samples are kept as they were given, pixels in 8 bits.

    ``fit``: InputError for a k above the number of training samples, a distance that is neither,
    and samples and labels that cannot be.

    Source: Cover and Hart 1967, "Nearest neighbor pattern classification".

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> round(KNN(k=3).fit(train.images, train.labels).score(test.images, test.labels), 3)
    0.992
    """

    def __init__(self, k: int = 5, *, distance: str = "L2") -> None:
        self.k = k
        self.distance = distance

    def kneighbors(
        self, X: Any = None, n_neighbors: int | None = None, return_distance: bool = True
    ) -> Any:
        """(distances, places) of the nearest training samples, float64 (N, k) and int64 (N, k), the
        nearest first; places alone unless ``return_distance``. Of the training samples themselves
        where X is None, each without itself.
        """
        self._expect_fitted()
        k = self.k if n_neighbors is None else n_neighbors
        require.integer(1, n_neighbors=k)
        _expect_enough(k, len(self._x) - (X is None), "n_neighbors")
        if X is not None:
            distances, places = self._nearest(self._rows(X), k)
        else:
            distances, places = _without_itself(*self._nearest(self._x, k + 1))
        return (distances, places) if return_distance else places

    def predict_proba(self, X: Any) -> Array:
        """The share of each class among the k neighbors, float64 (N, K). The class that `predict`
        says has a millionth of a vote more, so that it is the largest also of equals."""
        _, places = self._nearest(self._rows(X), self.k)
        neighbors = self._codes_of[places]
        counts = votes(neighbors, len(self.classes_)).astype(np.float64)
        counts[np.arange(len(counts)), elected(neighbors, len(self.classes_))] += MORE
        shares: Array = counts / (self.k + MORE)
        return shares

    def _check(self, count: int) -> None:
        check(self.k, self.distance, count)

    def _fit(self, x: Array, codes: Array) -> None:
        self._x, self._codes_of = x, codes

    def _codes(self, x: Array) -> Array:
        _, places = self._nearest(x, self.k)
        return elected(self._codes_of[places], len(self.classes_))

    def _nearest(self, x: Array, k: int) -> tuple[Array, Array]:
        check(self.k, self.distance, len(self._x))
        return nearest(x, self._x, k, self.distance)


def nearest(x: Array, points: Array, k: int, distance: str) -> tuple[Array, Array]:
    """(distances, places) of the k nearest of ``points`` (M, D) to each row of ``x`` (N, D)."""
    kind = np.result_type(x, points)
    compiled = kernels.of(np.empty(0, np.float32))  # sums in float64 whatever it is given
    far, places = compiled.nearest(
        x.astype(kind, copy=False), points.astype(kind, copy=False), k, DISTANCES[distance]
    )
    return np.sqrt(far) if distance == "L2" else far, places


def check(k: Any, distance: Any, count: int) -> None:
    """InputError unless there is such a distance, and there are k of ``count`` neighbors."""
    require.integer(1, k=k)
    require.one_of(*DISTANCES, distance=distance)
    _expect_enough(k, count, "k")


def votes(neighbors: Array, classes: int) -> Array:
    """How many of the neighbors, class numbers (N, k), are of each class: int64 (N, K)."""
    counts = np.zeros((len(neighbors), classes), np.int64)
    for place in range(neighbors.shape[1]):
        counts[np.arange(len(neighbors)), neighbors[:, place]] += 1
    return counts


def elected(neighbors: Array, classes: int) -> Array:
    """The class of most neighbors (N, k), which stand in ascending distance; of several such
    classes, that of the nearest."""
    counts = votes(neighbors, classes)
    of_each = np.take_along_axis(counts, neighbors, 1)
    best = of_each.argmax(axis=1)  # the first, which is the nearest, of those with the most
    return np.take_along_axis(neighbors, best[:, np.newaxis], 1)[:, 0]


def _expect_enough(k: int, count: int, name: str) -> None:
    if k > count:
        raise InputError(
            f"{name}: expected at most {count:,}, as there are {plural(count, 'training sample')} "
            f"(n_samples = {count}), received {received(k)}"
        )


def _without_itself(distances: Array, places: Array) -> tuple[Array, Array]:
    """Each row without the sample whose row it is, or without its last if that is not there, for
    others of the same content come first."""
    own = places == np.arange(len(places))[:, np.newaxis]
    own[~own.any(axis=1), -1] = True
    kept = len(places), places.shape[1] - 1
    return distances[~own].reshape(kept), places[~own].reshape(kept)
