from __future__ import annotations

import pytest

from chainrule.data.folder.parts import part_name


@pytest.mark.parametrize(
    ("name", "part", "rest"),
    [
        ("train", "train", ()),
        ("TESTset", "test", ()),
        ("X_train", "train", ()),
        ("seg_train", "train", ("seg",)),
        ("SegTrain2", "train", ("seg",)),
        ("val2017", "validation", ()),
        ("trainA", "train", ("a",)),
        ("train-val", "train", ()),
    ],
)
def test_names_of_parts(name: str, part: str, rest: tuple[str, ...]) -> None:
    assert part_name(name) == (part, rest)


@pytest.mark.parametrize(
    "name", ["cat", "trains", "restraint", "invalid", "attest", "train-test-split", "2017", ""]
)
def test_other_names(name: str) -> None:
    assert part_name(name) is None
