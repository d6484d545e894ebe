"""Labels of any kind as places among the classes, and how much each sample counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..data.matching import listed
from ..errors import InputError
from ..printable import received
from ..training.weighting import sample_weights
from ..types import Array


def numbered(labels: Array, classes: Array) -> Array:
    """The place of each label among the sorted ``classes``, int64 (N,). InputError for a label
    that is not there."""
    numbers = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
    strange = np.flatnonzero(classes[numbers] != labels)
    if len(strange):
        unknown = labels[strange[:1]].tolist()[0]
        raise InputError(f"y: expected labels of {_shown(classes)}, received {received(unknown)}")
    return numbers.astype(np.int64)


def expect_several(numbers: Array, classes: Array) -> None:
    """InputError unless the samples are of two classes or more."""
    present = classes[np.unique(numbers)].tolist()
    if len(present) < 2:
        only = f"1 class, {received(present[0])}" if present else "no class"
        raise InputError(f"y: expected samples of 2 classes or more, received {only}")


def expect_same(given: Any, classes: Array, name: str) -> None:
    """InputError unless ``given`` are these classes, in any order."""
    if not np.array_equal(np.unique(given), classes):
        raise InputError(
            f"{name}: expected those of the fit before, {_shown(classes)}, received "
            f"{_shown(np.unique(given))}"
        )


def present(rows: Array, numbers: Array, given: Any) -> tuple[Array, Array, Array | None]:
    """The samples that count, with their weights, if any are given."""
    if given is None:
        return rows, numbers, None
    weights = sample_weights(given, len(rows))
    some = weights > 0
    return (rows, numbers, weights) if some.all() else (rows[some], numbers[some], weights[some])


def class_weight(given: Any, classes: Array) -> Any:
    """Weights by the place of each class, from those by its label; "balanced" as it is."""
    if not isinstance(given, Mapping):
        return given
    place = {label: k for k, label in enumerate(classes.tolist())}
    for label in given:
        if label not in place:
            raise InputError(
                f"class_weight: expected labels of {_shown(classes)}, received {received(label)}"
            )
    return {place[label]: weight for label, weight in given.items()}


def _shown(classes: Array) -> str:
    """ "2 classes ('cat', 'dog')" """
    return listed([str(each) for each in classes.tolist()]).replace(" (", " classes (", 1)
