"""Which images a net holds for alike: neighbors in the space of its features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..arrays import native
from ..declared import checked
from ..errors import InputError
from ..ranges import PositiveInt
from ..text import plural
from ..types import Array
from .lookup import rows

BLOCK = 1 << 22
"""Distances that are in memory at a time."""
SPARE = 16
"""Rows that are looked at besides the nearest by the products, whose last digits may mislead."""


@dataclass(frozen=True, eq=False, repr=False)
class Neighbors:
    """The nearest rows to each of N queries, nearest first.

    indices    int64 (N, k), into the rows that were searched
    distances  (N, k): 1 - cosine, or the L2 distance

    >>> import numpy as np
    >>> found = nearest_images(np.array([[1.0, 0]]), np.array([[0.0, 2], [3, 0]]), k=1)
    >>> found.indices.tolist(), found.distances.tolist()
    ([[1]], [[0.0]])
    """

    indices: Array
    distances: Array

    def __repr__(self) -> str:
        n, k = self.indices.shape
        return f"Neighbors of {plural(n, 'row')}, {k} each"


@checked
def nearest_images(
    queries: Array,
    among: Array,
    k: PositiveInt = 5,
    distance: Literal["cosine", "L2"] = "cosine",
) -> Neighbors:
    """The ``k`` of ``among`` that are nearest to each query        queries (Q, D) · among (N, D)

        cosine  1 - q·x / (‖q‖ ‖x‖)        L2  √(‖q‖² - 2 q·x + ‖x‖²)

    Both are the features of images (`features`), or the images themselves. The products are
    matrix products of blocks, so that all distances need not fit into memory; those to the nearest
    are computed anew from the differences. Of equal distances the first comes first. A row of zeros
    has no direction: its cosine is 0 with any other.

    InputError for rows of different lengths, more neighbors than ``among`` has rows, and NaN.

    >>> from chainrule import data
    >>> train, test = data.digits()
    >>> found = nearest_images(test.images[:100], train.images, k=1)
    >>> float((train.labels[found.indices[:, 0]] == test.labels[:100]).mean()) > 0.9
    True
    """
    q, x = rows("queries", native("queries", queries)), rows("among", native("among", among))
    if q.shape[1] != x.shape[1]:
        raise InputError(
            f"queries, among: expected rows of equal length, received {q.shape[1]:,} and "
            f"{x.shape[1]:,}"
        )
    if k > len(x):
        raise InputError(f"k: expected at most {len(x):,}, the rows to choose from, received {k}")
    if distance == "cosine":
        q, x = _directions(q), _directions(x)
    else:  # distances are the same from any origin, and products near it lose fewer digits
        origin = x.mean(axis=0, dtype=np.float64).astype(x.dtype)
        q, x = q - origin, x - origin
    indices = np.empty((len(q), k), np.int64)
    distances = np.empty((len(q), k), np.float64)
    half = 0 if distance == "cosine" else np.einsum("nd,nd->n", x, x) / 2
    step = max(1, BLOCK // len(x))
    for start in range(0, len(q), step):
        part = q[start : start + step]
        far = half - part @ x.T  # grows with either distance, of one query
        best = _least(far, min(len(x), k + SPARE))
        exact = _exact(part, x, best, distance)
        order = np.lexsort((best, exact), axis=1)[:, :k]
        indices[start : start + step] = np.take_along_axis(best, order, 1)
        distances[start : start + step] = np.take_along_axis(exact, order, 1)
    return Neighbors(indices, distances)


def _directions(x: Array) -> Array:
    """Rows of length 1; a row of zeros stays."""
    length = np.linalg.norm(x.astype(np.float64, copy=False), axis=1, keepdims=True)
    unit: Array = (x / np.where(length > 0, length, 1)).astype(x.dtype)
    return unit


def _least(far: Array, k: int) -> Array:
    """The places of the k least of each row, in any order."""
    if k == far.shape[1]:
        return np.broadcast_to(np.arange(k), far.shape).copy()
    found: Array = np.argpartition(far, k - 1, axis=1)[:, :k]
    return found


def _exact(q: Array, x: Array, chosen: Array, distance: str) -> Array:
    """The distances to the chosen rows from their differences: those from products lose the digits
    of what is near."""
    found = np.empty(chosen.shape)
    for j in range(chosen.shape[1]):
        gap = q.astype(np.float64) - x[chosen[:, j]]
        square = np.einsum("nd,nd->n", gap, gap)
        if distance == "L2":
            found[:, j] = np.sqrt(square)
        else:  # of unit rows |q - x|² = 2 - 2 cos; a row of zeros has none
            zero = ~q.any(axis=1) | ~x[chosen[:, j]].any(axis=1)
            found[:, j] = np.where(zero, 1.0, square / 2)
    return found
