from __future__ import annotations

import numpy as np
import pytest

from chainrule.data.dataset import Dataset
from chainrule.data.matching import relabeled
from chainrule.errors import InputError


def dataset(labels: list[int], *classes: str) -> Dataset:
    return Dataset(np.zeros((len(labels), 2, 2, 1), np.uint8), np.array(labels), classes)


def test_classes_are_matched_by_name() -> None:
    found = relabeled(dataset([0, 1, 1], "dog", "cat"), ("cat", "cow", "dog"))
    assert found.labels.tolist() == [2, 0, 0]
    assert found.classes == ("cat", "cow", "dog")


def test_a_class_without_images_need_not_be_known() -> None:
    assert relabeled(dataset([1], "fox", "cat"), ("cat", "dog")).labels.tolist() == [0]


def test_an_image_of_an_unknown_class_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"does not know: 1 \('fox'\); it knows 2 \('cat', 'dog'\)"
    ):
        relabeled(dataset([0], "fox"), ("cat", "dog"))
