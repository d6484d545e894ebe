from __future__ import annotations

import pytest

from chainrule.data.folder.csv_columns import find_columns, flag, path_column


@pytest.mark.parametrize(
    ("header", "places"),
    [
        (["path", "label"], (0, 1, None)),
        (["\ufeffClass Name", "IMAGE-PATH", "Set"], (1, 0, 2)),
        (["image", "path", "category", "label", "split"], (1, 3, 4)),  # the best of several
    ],
)
def test_columns_by_name(header, places) -> None:
    columns = find_columns(header)
    assert (columns.path, columns.label, columns.part) == places
    assert path_column(header) == places[0]
    assert columns.classes == {}


def test_one_hot_columns_are_all_others() -> None:
    columns = find_columns(["", "file", "cat", " dog ", "split", "Unnamed: 0"])
    assert columns.classes == {2: "cat", 3: "dog"}
    assert columns.one_hot(["0", "a.png", "0", "1", "train", "0"]) == "dog"


@pytest.mark.parametrize("header", [["path"], ["path", "cat"], ["cat", "dog"], ["path", "a", "a"]])
def test_too_few_columns(header) -> None:
    with pytest.raises(ValueError, match="a header with the columns 'path' and 'label'"):
        find_columns(header)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1", True), ("0", False), ("1.0", True), ("0.000", False), (" TRUE ", True), ("no", None),
     ("2", None), ("", None), ("0.5", None), ("1.01", None), ("-0", None)],
)  # fmt: skip
def test_flags(cell: str, value: bool | None) -> None:
    assert flag(cell) is value
