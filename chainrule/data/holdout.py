"""Which images are held back, so that the classes keep their proportions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..types import Array
from .groups import deal, only_of_their_class
from .order import permutation


def stratified(labels: Array, size: int, seed: int = 0, classes: Sequence[str] = ()) -> Array:
    """``size`` indices, ascending, with the classes in the proportions of ``labels``.

    Class k, with n_k of N images, gives floor(size n_k / N), and the largest remainders give
    one more until there are ``size`` (ties: the lower class). Every class keeps an image, so
    a class with a single one gives none. Which images is keyed by ("split", seed, k).

    Raises InputError if ``size`` is not in 1..N - (number of classes that have images).
    """
    counts = np.bincount(labels, minlength=len(classes))
    most = int(len(labels) - np.count_nonzero(counts))
    if most == 0 and len(labels):
        raise InputError(
            f"validation: none of {len(labels):,} images can be held back, for each class has only "
            "one; give a class two or more"
        )
    if not 1 <= size <= most:
        raise InputError(
            f"validation: expected from 1 to {most:,} of {len(labels):,} images, so "
            f"that each of {np.count_nonzero(counts)} classes keeps one, received {size:,}"
        )
    gives = _apportion(counts, size)
    chosen = []
    for k, give in enumerate(gives):
        members = np.flatnonzero(labels == k)
        chosen.append(members[permutation(len(members), "split", seed, k)[:give]])
    return np.sort(np.concatenate(chosen))


def grouped(labels: Array, groups: Array, size: int, seed: int = 0) -> Array:
    """About ``size`` indices, ascending, of whole groups, with the classes in proportion.

    A group that has a class which no other has is not held back: it could not be learned. See
    `groups.deal` for how the others are chosen. Raises InputError if ``size`` is not in
    1..N - 1, or no group can be held back.
    """
    if not 1 <= size < len(labels):
        raise InputError(
            f"validation: expected from 1 to {len(labels) - 1:,} of {len(labels):,} images, "
            f"received {size:,}"
        )
    free = np.setdiff1d(np.arange(groups.max() + 1), only_of_their_class(labels, groups))
    if len(free) == 0 or groups.max() == 0:
        raise InputError(
            f"groups: none of {groups.max() + 1:,} can be held back, for each has a class that no "
            "other has"
        )
    share = size / len(labels)
    held_back = np.intersect1d(groups[deal(labels, groups, [1 - share, share], seed) == 1], free)
    if len(held_back) == 0 or len(held_back) > groups.max():  # one side has none
        smallest = free[np.argmin(np.bincount(groups)[free])]
        held_back = np.array([smallest])
    return np.flatnonzero(np.isin(groups, held_back))


def _apportion(counts: Array, size: int) -> Array:
    """Largest remainder, in whole numbers, with at most count - 1 from each class."""
    limits = np.maximum(counts - 1, 0)
    gives: Array = np.minimum(size * counts // counts.sum(), limits)
    by_remainder = np.argsort(-(size * counts % counts.sum()), kind="stable")
    while (missing := size - int(gives.sum())) > 0:
        open_classes = by_remainder[gives[by_remainder] < limits[by_remainder]]
        gives[open_classes[:missing]] += 1
    return gives
