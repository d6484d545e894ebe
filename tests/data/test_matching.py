"""Classes by name."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import Dataset
from chainrule.data.matching import in_order, listed, places
from chainrule.errors import InputError


def test_the_same_list_needs_no_order():
    assert places(("a", "b"), ("a", "b")) is None
    assert places(("a", "b"), ["a", "b"]) is None


def test_each_class_of_the_data_is_found_among_the_models():
    np.testing.assert_array_equal(places(("a", "b", "c"), ("c", "a", "b")), [2, 0, 1])


def test_two_spellings_of_an_accent_are_one_name():
    assert places(("caf\u00e9", "tea"), ("cafe\u0301", "tea")) is None
    np.testing.assert_array_equal(places(("caf\u00e9", "tea"), ("tea", "cafe\u0301")), [1, 0])


@pytest.mark.parametrize(
    "data", [("a", "b"), ("a", "b", "c", "d"), ("a", "b", "z"), ("A", "b", "c"), ()], ids=str
)
def test_other_names_are_refused_and_both_lists_said(data):
    with pytest.raises(InputError) as error:
        places(("a", "b", "c"), data, "validation")
    assert str(error.value) == (
        "validation: expected the classes of the model, 3 ('a', 'b', 'c'), in any order, received "
        f"{listed(data)}"
    )


def test_of_long_lists_the_difference_is_said_and_little_else():
    names = [f"class {i:04}" for i in range(10_000)]
    mine, theirs = names[:-1], names[1:]
    with pytest.raises(InputError) as error:
        places(mine, theirs)
    said = str(error.value)
    assert "only the model has 1 ('class 0000')" in said and "only the data has 1 " in said
    assert len(said) < 500
    assert len(listed(["x" * 10_000] * 100)) < 200


def test_a_data_set_in_the_order_of_others():
    images = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1)
    dataset = Dataset(images, np.array([0, 1, 2, 0]), ("cat", "dog", "fox"), "test", "zoo")
    other = in_order(dataset, ("fox", "cat", "dog"))
    assert [other.classes[i] for i in other.labels] == ["cat", "dog", "fox", "cat"]
    assert other.classes == ("fox", "cat", "dog")
    assert (other.split, other.name) == ("test", "zoo")
    assert in_order(dataset, dataset.classes) is dataset
