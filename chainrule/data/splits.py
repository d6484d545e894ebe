"""Hold part of a data set back, class by class, and remember which part."""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..files import atomic_write
from ..types import Array
from .dataset import Dataset
from .order import permutation


def split(
    dataset: Dataset, validation: int | float = 0.1, seed: int = 0
) -> tuple[Dataset, Dataset]:
    """(train, validation): ``validation`` images, or that share, held back by class.

    Each class gives in proportion to its size (see `stratified`). ``Split.make`` is the same
    as a value that can be saved. Raises InputError if the share cannot be had.
    """
    return Split.make(dataset, validation, seed).apply(dataset)


@dataclass(frozen=True)
class Split:
    """Which images of which data are held back for validation; the others are trained on.

    sha256     of the data set that was split: the indices mean nothing for another one
    count      how many images it has
    validation indices held back, ascending
    """

    dataset: str
    sha256: str
    count: int
    seed: int
    validation: tuple[int, ...]

    @classmethod
    def make(cls, dataset: Dataset, validation: int | float = 0.1, seed: int = 0) -> Split:
        """Draw a stratified split, keyed by ``seed``."""
        size = _size(validation, len(dataset))
        held_back = stratified(dataset.labels, size, seed, dataset.classes)
        chosen = tuple(held_back.tolist())
        return cls(dataset.name, dataset.sha256, len(dataset), seed, chosen)

    def apply(self, dataset: Dataset) -> tuple[Dataset, Dataset]:
        """(train, validation) of ``dataset``, both in its order.

        Raises InputError if these are not the data that were split.
        """
        if (dataset.sha256, len(dataset)) != (self.sha256, self.count):
            raise InputError(
                f"the split was made of {self.dataset} with {self.count:,} images and sha256 "
                f"{self.sha256[:12]}, and {dataset!r} has {dataset.sha256[:12]}; use the same "
                "data, or make a new split"
            )
        held_back = np.zeros(len(dataset), bool)
        held_back[list(self.validation)] = True
        train = dataset.take(np.flatnonzero(~held_back), "train")
        return train, dataset.take(np.flatnonzero(held_back), "validation")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the split as JSON, atomically."""
        atomic_write(path, json.dumps(asdict(self)) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Split:
        """Read what `save` wrote. Raises InputError naming the file and what is wrong."""
        import msgspec

        try:
            read = msgspec.json.decode(Path(path).read_bytes(), type=cls)
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror or error}") from error
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise InputError(f"{path} is not a split of chainrule: {error}") from error
        inside = range(read.count)
        different = len(set(read.validation)) == len(read.validation)
        if not different or not all(index in inside for index in read.validation):
            raise InputError(
                f"{path} is not a split of chainrule: validation must be different indices of "
                f"{read.count:,} images"
            )
        return read


def stratified(labels: Array, size: int, seed: int = 0, classes: Sequence[str] = ()) -> Array:
    """``size`` indices, ascending, with the classes in the proportions of ``labels``.

    Class k, with n_k of N images, gives floor(size n_k / N), and the largest remainders give
    one more until there are ``size`` (ties: the lower class). Every class keeps an image, so
    a class with a single one gives none. Which images is keyed by ("split", seed, k).

    Raises InputError if ``size`` is not in 1..N - (number of classes that have images).
    """
    counts = np.bincount(labels, minlength=len(classes))
    most = int(len(labels) - np.count_nonzero(counts))
    if not 1 <= size <= most:
        raise InputError(
            f"validation must hold back from 1 to {most:,} of {len(labels):,} images, so "
            f"that each of {np.count_nonzero(counts)} classes keeps one, got {size:,}"
        )
    gives = _apportion(counts, size)
    chosen = []
    for k, give in enumerate(gives):
        members = np.flatnonzero(labels == k)
        chosen.append(members[permutation(len(members), "split", seed, k)[:give]])
    return np.sort(np.concatenate(chosen))


def _apportion(counts: Array, size: int) -> Array:
    """Largest remainder, in whole numbers, with at most count - 1 from each class."""
    limits = np.maximum(counts - 1, 0)
    gives: Array = np.minimum(size * counts // counts.sum(), limits)
    by_remainder = np.argsort(-(size * counts % counts.sum()), kind="stable")
    while (missing := size - int(gives.sum())) > 0:
        open_classes = by_remainder[gives[by_remainder] < limits[by_remainder]]
        gives[open_classes[:missing]] += 1
    return gives


def _size(validation: int | float, count: int) -> int:
    """A number of images, from a number or a share of them."""
    if isinstance(validation, float | np.floating):
        if not 0 < validation < 1:
            raise InputError(
                f"validation must be a whole number of images, or a share between 0 and 1, "
                f"got {validation}"
            )
        return max(1, round(float(validation) * count))
    try:
        return operator.index(validation)
    except TypeError:
        raise InputError(
            f"validation must be a whole number of images, or a share between 0 and 1, got "
            f"{validation!r}"
        ) from None
