from __future__ import annotations

import shutil

import numpy as np
from PIL import Image

from chainrule.data.audit import audit
from chainrule.data.audit.near import groups

from .conftest import by_name


def names(result, finding) -> list[list[str]]:
    return [[result.subject.names[i] for i in group] for group in by_name(result)[finding].groups]


def test_exact_copies_by_what_is_worst_about_them(photos) -> None:
    cat, dog, test = photos / "train" / "cat", photos / "train" / "dog", photos / "test" / "cat"
    shutil.copy(cat / "train0.png", test / "across.png")
    shutil.copy(cat / "train1.png", dog / "torn.png")
    shutil.copy(cat / "train2.png", cat / "twice.png")
    shutil.copy(cat / "train2.png", cat / "thrice.png")
    result = audit(photos)
    assert names(result, "exact-duplicates-across") == [
        ["train/cat/train0.png", "test/cat/across.png"]
    ]
    assert names(result, "exact-duplicates-conflicting") == [
        ["train/cat/train1.png", "train/dog/torn.png"]
    ]
    assert names(result, "exact-duplicates") == [
        ["train/cat/thrice.png", "train/cat/train2.png", "train/cat/twice.png"]
    ]
    found = by_name(result)
    assert [found[f"exact-duplicates{end}"].level for end in ("-across", "-conflicting", "")] == [
        "error", "error", "warning",
    ]  # fmt: skip
    assert not [name for name in found if name.startswith("near")]


def test_an_image_saved_again_in_another_size_and_brightness_looks_alike(photos) -> None:
    file = photos / "train" / "cat" / "train3.png"
    again = Image.open(file).resize((40, 40)).point(lambda v: int(0.9 * v))
    again.save(photos / "test" / "cat" / "again.jpg", quality=80)
    result = audit(photos)
    assert names(result, "near-duplicates-across") == [
        ["train/cat/train3.png", "test/cat/again.jpg"]
    ]
    assert by_name(result)["near-duplicates-across"].level == "warning"


def test_blank_images_are_not_alike_because_they_are_blank(photos, found) -> None:
    for shade in (10, 12, 14):
        file = photos / "train" / "cat" / f"{shade}.png"
        Image.new("L", (24, 24), shade).save(file)
    everything = found()
    assert everything["blank-images"].says.startswith("3 images")
    assert not [name for name in everything if name.startswith("near")]


def test_what_is_linked_through_others_is_one_group() -> None:
    pairs = np.array([[5, 9], [1, 2], [2, 5], [7, 8]])
    assert groups(pairs) == [[1, 2, 5, 9], [7, 8]]
    assert groups(np.empty((0, 2), np.int64)) == []
