"""The same images, their labels counted by another order of the classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from .dataset import Dataset


def relabel(dataset: Dataset, classes: Sequence[str]) -> Dataset:
    """``dataset`` with ``classes`` instead of its own, matched by name.

    Class k of the data set becomes classes.index(dataset.classes[k]); classes without an image
    may be missing on either side. Raises InputError for an image of a class that is not there.
    """
    if dataset.classes == tuple(classes):
        return dataset
    number = {name: k for k, name in enumerate(classes)}
    present = np.unique(dataset.labels).tolist()
    if unknown := [dataset.classes[k] for k in present if dataset.classes[k] not in number]:
        raise InputError(
            f"the images of {dataset.name} are of classes that the model does not know: "
            f"{_some(unknown)}; it knows {_some(list(classes))}"
        )
    numbers = np.array([number.get(name, -1) for name in dataset.classes], np.int64)
    labels = numbers[dataset.labels]
    return Dataset(dataset.images, labels, tuple(classes), dataset.split, dataset.name)


def _some(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
