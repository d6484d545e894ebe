"""K-fold cross-validation: every image is held back once."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..types import Array
from .dataset import Dataset
from .groups import deal, group_numbers
from .order import permutation
from .splits import Split


@checked
def k_fold(
    dataset: Dataset,
    folds: int = 5,
    seed: int = 0,
    groups: Sequence[object] | Array | None = None,
) -> tuple[Split, ...]:
    """``folds`` splits; the images that they hold back are all images, each once.

    ``for fold in k_fold(dataset, 5): train, validation = fold.apply(dataset)``

    Stratified: the folds' sizes, and how many of each class they hold back, differ by at most
    one. With ``groups`` (N,), a name or number for each image, no group is on both sides of any
    split, and the folds are as even as the greedy rule of `groups.deal` makes them; a class
    that only one group has is then missing from the training side of one fold.

    Raises InputError if there are fewer images (or groups) than folds.

    >>> from chainrule import data
    >>> digits, _ = data.digits()
    >>> [len(fold.apply(digits)[1]) for fold in k_fold(digits, 3)]
    [480, 479, 479]
    """
    try:
        count = operator.index(folds)
    except TypeError:
        raise InputError(f"folds: expected a whole number, received {folds!r}") from None
    if groups is None:
        what, most, numbers = "images", len(dataset), None
    else:
        numbers = group_numbers(groups, len(dataset))
        what, most = "groups", int(numbers.max(initial=-1)) + 1
    if not 2 <= count <= most:
        raise InputError(
            f"folds: expected from 2 to {most:,}, the number of {what}, received {count:,}"
        )
    if numbers is None:
        fold_of = stratified_folds(dataset.labels, count, seed)
    else:
        fold_of = deal(dataset.labels, numbers, [1 / count] * count, seed)
    return tuple(Split.of(dataset, np.flatnonzero(fold_of == fold), seed) for fold in range(count))


def stratified_folds(labels: Array, folds: int, seed: int) -> Array:
    """Deal the images class by class, like cards: the fold of each, int64 (N,)."""
    members = [np.flatnonzero(labels == k) for k in np.unique(labels)]
    dealt = np.concatenate(
        [ours[permutation(len(ours), "fold", seed, int(labels[ours[0]]))] for ours in members]
    )
    fold_of = np.empty(len(labels), np.int64)
    fold_of[dealt] = np.arange(len(labels)) % folds
    return fold_of
