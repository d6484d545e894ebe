"""Types of arguments are checked, also those that only a type checker can read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import chainrule as cr
from chainrule.declared import Checked, checked
from chainrule.errors import InputError
from chainrule.ranges import PositiveInt

if TYPE_CHECKING:
    import torch

    from chainrule.data import Dataset


@checked
def function(
    dataset: Dataset | None = None,
    count: PositiveInt = 1,
    path: str | Path = "",
    names: Sequence[str] = (),
    some: Iterable[int] = (),
    table: Mapping[str, int] | None = None,
    call: Callable[[int], int] = abs,
    flag: bool = False,
    tensor: torch.Tensor | None = None,
    layer: cr.Layer | None = None,
) -> str:
    return "done"


@pytest.mark.parametrize(
    "given",
    [
        {"dataset": cr.data.Dataset(np.zeros((1, 2, 2), np.uint8), [0])},
        {"count": np.int64(3)},
        {"path": Path("a")},
        {"names": ["a"]},
        {"some": {1, 2}},
        {"some": (i for i in (1, 2))},
        {"table": {"a": 1}},
        {"call": print},
        {"flag": np.True_},
        {"flag": 0},
        {"tensor": "unknown here"},
        {"layer": cr.layers.ReLU()},
    ],
)
def test_what_fits_passes(given):
    assert function(**given) == "done"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dataset": "mnist"}, "dataset: expected a Dataset, received 'mnist'"),
        ({"count": 0}, "count: expected a whole number of at least 1, received 0"),
        ({"count": 1.5}, "count: expected a whole number"),
        ({"names": "a"}, "names: expected a list, each item text in Unicode, received 'a'"),
        ({"names": [1]}, "names: expected a list"),
        ({"some": "ab"}, "some: expected a list"),
        ({"some": np.array(1)}, "some: expected a list"),
        ({"table": [1]}, r"table: expected a mapping, received \[1\]"),
        ({"call": 3}, "call: expected a function, received 3"),
        ({"flag": "no"}, "flag: expected true or false"),
        ({"flag": np.zeros(2)}, r"flag: .*received an array of float64, shape \(2,\)"),
        (
            {"layer": cr.layers.ReLU},
            r"expected a layer, received the class: write ReLU\(…\)",
        ),
    ],
)
def test_what_does_not_is_named(given, message):
    with pytest.raises(InputError, match=message):
        function(**given)


def test_missing_and_surplus_arguments_are_pythons_own_error():
    with pytest.raises(TypeError, match="unexpected keyword argument 'nothing'"):
        function(nothing=1)
    with pytest.raises(TypeError):
        cr.layers.Linear(1, 2, 3, 4, 5)


def test_a_class_with_types_that_cannot_be_read_is_not_checked():
    class Part(Checked):
        def __init__(self, tensor: nowhere.Tensor, size: int) -> None:  # noqa: F821
            self.size = size

    assert Part(3, 4).size == 4
