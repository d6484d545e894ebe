"""Deal images to parts so that those of one group stay together.

Images of one patient, one video, one burst of a camera resemble each other more than they do
others: a model that has trained on some of them is not measured by the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..types import Array
from .order import permutation


def group_numbers(groups: Sequence[object] | Array, count: int) -> Array:
    """The group of each of ``count`` images as a number 0..G-1, int64 (N,).

    ``groups`` are whole numbers or texts, one for each image. Raises InputError if not.
    """
    try:
        named = np.asarray(groups)
    except ValueError as error:  # rows of unequal lengths
        raise InputError(f"groups: expected one for each image: {error}") from None
    if named.ndim != 1 or named.dtype.kind not in "iuUSb":
        raise InputError(
            "groups: expected a whole number or a text for each image, received "
            f"{named.dtype} of shape {named.shape}"
        )
    if len(named) != count:
        raise InputError(
            f"groups: expected one for each of {count:,} images, received {len(named):,}"
        )
    numbers: Array = np.unique(named, return_inverse=True)[1].astype(np.int64)
    return numbers


def deal(labels: Array, groups: Array, shares: Sequence[float], seed: int) -> Array:
    """The part of each image, int64 (N,): part p has about ``shares[p]`` of each class.

    Large groups are dealt first, in sizes of powers of two, shuffled within; each goes where

        Σₖ gₖ / nₖ · (nₖ - (fₚₖ + gₖ) / shareₚ)

    is the largest: where the part would be the least filled in the classes that the group has.
    gₖ of its images are of class k, which has nₖ in all and fₚₖ in part p so far. With one class
    and equal shares it is the rule of Graham 1969, longest processing time first.
    """
    count = int(groups.max()) + 1 if len(groups) else 0
    # One row for each pair of a group and a class that it has: there may be many of both.
    pairs, sizes = np.unique(np.stack([groups, labels], axis=1), axis=0, return_counts=True)
    starts = np.searchsorted(pairs[:, 0], np.arange(count + 1))
    per_class = np.bincount(labels)
    filled = np.zeros((len(shares), len(per_class)))
    weight = np.asarray(shares, float)[:, np.newaxis]
    parts = np.zeros(count, np.int64)
    for group in _order(groups, count, seed):
        rows = slice(starts[group], starts[group + 1])
        classes, own = pairs[rows, 1], sizes[rows]
        after = (filled[:, classes] + own) / weight
        free = (own / per_class[classes] * (per_class[classes] - after)).sum(axis=1)
        parts[group] = part = int(np.argmax(free))
        filled[part, classes] += own
    return parts[groups]


def only_of_their_class(labels: Array, groups: Array) -> Array:
    """The groups that have a class which no other has, ascending."""
    pairs = np.unique(np.stack([groups, labels], axis=1), axis=0)
    held_by = np.bincount(pairs[:, 1])
    return np.unique(pairs[held_by[pairs[:, 1]] == 1, 0])


def _order(groups: Array, count: int, seed: int) -> Array:
    shuffled = permutation(count, "groups", seed)
    magnitude = np.frexp(np.bincount(groups, minlength=count))[1]
    return shuffled[np.argsort(-magnitude[shuffled], kind="stable")]
