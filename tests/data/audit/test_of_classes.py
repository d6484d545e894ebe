from __future__ import annotations

import shutil

from chainrule.data.audit import audit

from .conftest import by_name


def test_one_class(photos) -> None:
    for part in ("train", "test"):
        shutil.rmtree(photos / part / "dog")
    result = audit(photos)
    assert not result.passed
    assert by_name(result)["one-class"].says == "there is one class, 'cat'"


def test_a_class_only_in_test_and_one_only_in_training(photos, found) -> None:
    (photos / "train" / "dog").rename(photos / "train" / "bird")
    everything = found()
    assert (everything["only-in-test"].level, everything["only-in-test"].names) == (
        "error", ("dog",),
    )  # fmt: skip
    assert everything["only-in-train"].names == ("bird",)


def test_a_class_whose_images_are_all_damaged(photos, found) -> None:
    for part in ("train", "test"):
        for file in (photos / part / "dog").iterdir():
            file.write_text("nothing")
    assert found()["empty-classes"].names == ("dog",)


def test_tiny_and_unbalanced_classes(photos, found) -> None:
    for file in sorted((photos / "train" / "dog").iterdir())[2:]:
        file.unlink()
    everything = found()
    assert everything["tiny-classes"].names == ("dog: 2",)
    assert everything["imbalance"].says == (
        "'cat' has 20 images to train with, 'dog' 2: 10 times as many"
    )
