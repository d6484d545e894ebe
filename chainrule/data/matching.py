"""Classes are matched by name: the number of a class means nothing outside its own data set."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..types import Array
from .dataset import Dataset

SHOWN = 5  # names of a list in an error


def places(model: Sequence[str], data: Sequence[str], what: str = "dataset") -> Array | None:
    """Where each class of the data stands among the model's, int64 (K,); None if both lists are
    the same. Two spellings of one text in Unicode (é, e and an accent) are one name.

    InputError, naming ``what``, unless the names are the same but for their order.
    """
    mine, theirs = _spelled(model), _spelled(data)
    if mine == theirs:
        return None
    where = {name: i for i, name in enumerate(mine)}
    if len(where) != len(mine) or len(mine) != len(theirs) or where.keys() != set(theirs):
        raise InputError(
            f"{what}: expected the classes of the model, {listed(model)}, in any order, received "
            f"{listed(data)}{_difference(mine, theirs)}"
        )
    return np.array([where[name] for name in theirs], np.int64)


def in_order(dataset: Dataset, classes: Sequence[str], what: str = "dataset") -> Dataset:
    """The same images with ``classes`` in that order, labels to match. InputError unless the
    names are those of the data set."""
    place = places(classes, dataset.classes, what)
    if place is None:
        return dataset
    return replace(dataset, labels=place[dataset.labels], classes=tuple(classes))


def relabeled(dataset: Dataset, classes: Sequence[str]) -> Dataset:
    """The same images with ``classes`` instead of their own, matched by name; classes without an
    image may be missing on either side. InputError for an image of a class that is not there.
    """
    if dataset.classes == tuple(classes):
        return dataset
    number = {name: k for k, name in enumerate(_spelled(classes))}
    spelled = _spelled(dataset.classes)
    present = np.unique(dataset.labels).tolist()
    if unknown := [dataset.classes[k] for k in present if spelled[k] not in number]:
        raise InputError(
            f"the images of {dataset.name} are of classes that the model does not know: "
            f"{listed(unknown)}; it knows {listed(classes)}"
        )
    numbers = np.array([number.get(name, -1) for name in spelled], np.int64)
    return replace(dataset, labels=numbers[dataset.labels], classes=tuple(classes))


def listed(names: Sequence[str]) -> str:
    """ "3 ('cat', 'dog', 'fox')"; a long list, and a long name, are cut."""
    shown = [repr(name if len(name) <= 24 else f"{name[:23]}…") for name in names[:SHOWN]]
    more = ["…"] if len(names) > SHOWN else []
    return f"{len(names):,} ({', '.join(shown + more)})"


def _spelled(names: Sequence[str]) -> tuple[str, ...]:
    same = tuple(unicodedata.normalize("NFC", name) for name in names)
    return same if len(set(same)) == len(names) else tuple(names)


def _difference(mine: Sequence[str], theirs: Sequence[str]) -> str:
    """The first names that only one of two lists has: long lists look alike where they are cut."""
    said = ""
    for names, others, where in ((mine, theirs, "model"), (theirs, mine, "data")):
        only = sorted(set(names) - set(others))
        if only and SHOWN < len(names) != len(only):
            said += f"; only the {where} has {listed(only)}"
    return said
