"""Hold part of a data set back, class by class, and remember which part."""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..files import atomic_write
from ..types import Array
from .dataset import Dataset
from .groups import group_numbers
from .holdout import grouped, stratified
from .regular_file import open_regular

LARGEST = 1 << 30
"""Bytes of the largest file of a split: room for a hundred million images."""


@checked
def split(
    dataset: Dataset,
    validation: int | float = 0.1,
    seed: int = 0,
    groups: Sequence[object] | Array | None = None,
) -> tuple[Dataset, Dataset]:
    """(train, validation): ``validation`` images, or that share, held back by class.

    Each class gives in proportion to its size (see `stratified`). With ``groups`` (N,), a name or
    number for each image, no group is on both sides, and the share is met as nearly as whole
    groups allow. ``Split.make`` is the same as a value that can be saved. Raises InputError if
    the share cannot be had.

    >>> from chainrule import data
    >>> train, validation = split(data.digits()[0], 0.1)
    >>> len(train), len(validation)
    (1294, 144)
    """
    return Split.make(dataset, validation, seed, groups).apply(dataset)


@dataclass(frozen=True)
class Split:
    """Which images of which data are held back for validation; the others are trained on.

    sha256     of the data set that was split: the indices mean nothing for another one
    count      how many images it has
    validation indices held back, ascending

    InputError from `make` and `apply` for a share that cannot be had, and for other data.

    >>> from chainrule import data
    >>> digits, _ = data.digits()
    >>> train, validation = Split.make(digits, 100).apply(digits)
    >>> len(train), len(validation)
    (1338, 100)
    """

    dataset: str
    sha256: str
    count: int
    seed: int
    validation: tuple[int, ...]

    @classmethod
    @checked
    def make(
        cls,
        dataset: Dataset,
        validation: int | float = 0.1,
        seed: int = 0,
        groups: Sequence[object] | Array | None = None,
    ) -> Split:
        """Draw a stratified split, keyed by ``seed``; of whole groups, one for each image (N,), if
        there are any. InputError for a share that cannot be had."""
        size = _size(validation, len(dataset))
        if groups is None:
            held_back = stratified(dataset.labels, size, seed, dataset.classes)
        else:
            held_back = grouped(dataset.labels, group_numbers(groups, len(dataset)), size, seed)
        return cls.of(dataset, held_back, seed)

    @classmethod
    def of(cls, dataset: Dataset, validation: Array, seed: int = 0) -> Split:
        """The split of ``dataset`` that holds back these indices, int64 (n,), ascending."""
        chosen = tuple(validation.tolist())
        return cls(dataset.name, dataset.sha256, len(dataset), seed, chosen)

    @checked
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

    @checked
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the split as JSON, atomically."""
        atomic_write(path, json.dumps(asdict(self)) + "\n")

    @classmethod
    @checked
    def load(cls, path: str | os.PathLike[str]) -> Split:
        """Read what `save` wrote. Raises InputError naming the file and what is wrong."""
        import msgspec

        try:
            with open_regular(path, LARGEST) as file:
                read = msgspec.json.decode(file.read(), type=cls)
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror or error}") from error
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise InputError(f"{path} is not a split of chainrule: {error}") from error
        inside = range(read.count)
        different = len(set(read.validation)) == len(read.validation)
        if not different or not all(index in inside for index in read.validation):
            raise InputError(
                f"{path} is not a split of chainrule: validation: expected different indices of "
                f"{read.count:,} images"
            )
        return read


def subset(dataset: Dataset, count: int, seed: int = 0) -> Dataset:
    """``count`` images of ``dataset``, in its order, with the classes in proportion as far as each
    keeps one; all of them if there are not so many.

    InputError for fewer images than classes.
    """
    if not count or count >= len(dataset):
        return dataset
    present = np.count_nonzero(np.bincount(dataset.labels))
    if count < present:
        raise InputError(f"expected at least one of each of {present} classes, received {count}")
    left_out = stratified(dataset.labels, len(dataset) - count, seed, dataset.classes)
    kept = np.ones(len(dataset), bool)
    kept[left_out] = False
    return dataset.take(np.flatnonzero(kept))


def _size(validation: int | float, count: int) -> int:
    """A number of images, from a number or a share of them."""
    if isinstance(validation, float | np.floating):
        if not 0 < validation < 1:
            raise InputError(
                f"validation: expected a whole number of images, or a share between 0 and 1, "
                f"received {validation}"
            )
        return max(1, round(float(validation) * count))
    try:
        return operator.index(validation)
    except TypeError:
        raise InputError(
            f"validation: expected a whole number of images, or a share between 0 and 1, received "
            f"{validation!r}"
        ) from None
