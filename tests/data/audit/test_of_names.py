from __future__ import annotations

import pytest

from chainrule.data.audit.of_names import COPY


@pytest.mark.parametrize(
    ("name", "suspect"),
    [("dog.1", True), ("IMG_dog_12", True), ("hot-Dog", True), ("cat dog", False), ("dogma", False),
     ("cat.7", False), ("0001", False)],
)  # fmt: skip
def test_a_name_that_says_another_class(photos, found, name: str, suspect: bool) -> None:
    (photos / "train" / "cat" / "train0.png").rename(photos / "train" / "cat" / f"{name}.png")
    assert ("named-otherwise" in found()) is suspect


@pytest.mark.parametrize("end", ["_flipped", " (1)", "-copy", "_aug_3", " copy 2", "_rot90"])
def test_a_copy_by_its_name_in_the_other_part(photos, found, end: str) -> None:
    file = photos / "test" / "cat" / "test0.png"
    file.rename(file.with_name(f"train0{end}.png"))
    finding = found()["copies-by-name"]
    assert finding.says.startswith("1 group of training and test images")


def test_names_that_only_count_are_no_copies(photos, found) -> None:
    for part in ("train", "test"):
        for i, file in enumerate(sorted((photos / part / "cat").iterdir())):
            file.rename(file.with_name(f"{i:04}.png"))
    assert "copies-by-name" not in found()
    assert COPY.sub("", "img_0012") == "img_0012"
