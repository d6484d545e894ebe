"""What strangers' folders look like, and what is understood or refused of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.data.audit import audit
from chainrule.data.folder import ImageOptions, read_images
from chainrule.data.folder.listing import Listing
from chainrule.data.folder.scan import scan
from chainrule.errors import InputError

from ..image_files import make_images


def made(root: Path, *folders: str, images: int = 1) -> Path:
    """A file called like an image in each of these folders below ``root``."""
    for name in folders:
        (root / name).mkdir(parents=True, exist_ok=True)
        for i in range(images):
            (root / name / f"{i}.png").touch()
    return root


def classes(listing: Listing) -> dict[str, str]:
    """The classes of each part that there is."""
    parts: dict[str, set[str]] = {}
    for entry in listing.entries:
        parts.setdefault(entry.part, set()).add(entry.label)
    return {part: " ".join(sorted(names)) for part, names in parts.items()}


@pytest.mark.parametrize(
    ("train", "other", "part"),
    [
        ("training_set", "test_set", "test"),
        ("seg_train", "seg_test", "test"),
        ("train2017", "val2017", "validation"),
        ("TRAIN", "TEST", "test"),
        ("Train", "Valid", "validation"),
        ("Training Data", "Testing Data", "test"),
        ("x_train", "x_dev", "validation"),
        ("imagenet-train", "imagenet-val", "validation"),
        ("TrainSet", "EvalSet", "test"),
        ("trainset", "testset", "test"),
        ("train_images", "validation", "validation"),
        ("train_val", "test", "test"),
        ("my_train", "final-eval", "test"),  # by the names of their classes
        ("train (1)", "holdout", "test"),
    ],
)
@pytest.mark.parametrize("double", [False, True])
def test_parts_by_any_name(tmp_path: Path, train: str, other: str, part: str, double: bool) -> None:
    one, two = (f"{name}/{name}" if double else name for name in (train, other))
    made(tmp_path, f"{one}/cats", f"{one}/dogs", f"{two}/cats", f"{two}/dogs")
    assert classes(scan(tmp_path)) == {"train": "cats dogs", part: "cats dogs"}


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        (("train/a", "train/b"), {"train": "a b"}),
        (("train/a", "train/b", "val/a", "val/b"), {"train": "a b", "validation": "a b"}),
        (("train/a", "train/b", "test/a"), {"train": "a b", "test": "a"}),
        (("train1/a", "train2/b", "test/a"), {"train": "a b", "test": "a"}),
        (("archive/Photos/a", "archive/Photos/b"), {"train": "a b"}),
        (("1/2/3/4/a", "1/2/3/4/b"), {"train": "a b"}),
        (("d/images/train/a", "d/images/train/b", "d/images/val/a"),
         {"train": "a b", "validation": "a"}),
        (("train/train/a", "train/train/b", "train/val/a"), {"train": "a b", "validation": "a"}),
        (("cat/train", "cat/test", "dog/train", "dog/test"),
         {"train": "cat dog", "test": "cat dog"}),
        (("train", "bus", "car"), {"train": "bus car train"}),
        (("test", "bus", "car"), {"train": "bus car test"}),
        (("valid", "invalid"), {"train": "invalid valid"}),
        (("freight_train", "express_train"), {"train": "express_train freight_train"}),
        (("blood_test", "eye_test"), {"train": "blood_test eye_test"}),
        (("cat/2019", "cat/2020", "dog/a", "dog/b"), {"train": "cat dog"}),
        (("cat/images", "dog/images"), {"train": "cat dog"}),
    ],
)  # fmt: skip
def test_what_else_is_understood(tmp_path: Path, folders, expected: dict[str, str]) -> None:
    assert classes(scan(made(tmp_path, *folders))) == expected


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        (("one/a", "one/b", "two/a", "two/b"), r"one, two hold folders of the same names \(a, b\)"),
        (("p/p/a", "p/p/b", "q/q/a", "q/q/b"), r"p, q hold folders of the same names \(a, b\)"),
        (("cat/2019", "cat/2020", "dog/2019"), "take the images out of the folders in them"),
        (("训练集/猫", "训练集/狗", "测试集/猫", "测试集/狗"), "call them train, val and test"),
        (("A/train/a", "A/train/b", "B/train/c", "B/train/d"), "A holds parts of its own"),
        (("a", "b", "all/a", "all/b"), "all holds folders called like the classes beside it"),
        (("cat", "dog", "test/cat", "test/dog"), "move cat, dog into a folder train"),
        (("cats", "dogs", "cats_test", "dogs_test"), "make folders train and test"),
        (("train/steam", "train/diesel", "bus", "car"), "if it is a class, move its images out"),
        (("my_train/a", "my_train/b", "foo"), "called like a part of the data and holds folders"),
        (("training_set", "test_set"), r"needs a folder train .* it has test_set, training_set"),
        (("trainA", "trainB", "testA", "testB"), "needs a folder train"),
        (("val/a", "val/b"), "needs a folder train"),
    ],
)
def test_what_may_mean_two_things_is_refused(tmp_path: Path, folders, said: str) -> None:
    with pytest.raises(InputError, match=said):
        scan(made(tmp_path, *folders))


@pytest.mark.parametrize(
    ("folders", "notes"),
    [
        (("archive/Photos/a", "archive/Photos/b"),
         ("the classes are the folders in ROOT/archive/Photos/",)),
        (("cat/2019", "dog"), ("the images in cat/2019 are of the class above them",)),
        (("train", "bus"), ("taken as a class, as it has no class folders in it: train",)),
        (("train1/a", "train2/b"), ("train1, train2 are taken together, as the part train",)),
        (("s_train/s_train/a", "s_train/s_train/b", "s_test/s_test/a", "s_pred/s_pred"),
         ("left out what is neither train, test nor val: s_pred",)),
        (("train/a", "train/b", "test"),
         ("test/ has no class folders, so its images cannot be used: left out",)),
        (("train/a", "train/b", "test/images"),
         ("test/ has no folder of a class to train, only images: left out",)),
    ],
)  # fmt: skip
def test_what_was_understood_is_said(tmp_path: Path, folders, notes: tuple[str, ...]) -> None:
    said = scan(made(tmp_path, *folders)).notes
    assert tuple(note.replace(str(tmp_path), "ROOT") for note in said) == notes


def test_a_file_beside_the_only_folder_changes_nothing(tmp_path: Path) -> None:
    made(tmp_path, "Photos/a", "Photos/b")
    (tmp_path / "README.md").touch()
    (tmp_path / "sample.png").touch()
    (tmp_path / "annotations").mkdir()
    listing = scan(tmp_path)
    assert classes(listing) == {"train": "a b"}
    assert "left out 1 image in ./, in no class folder: sample.png" in listing.notes
    assert "annotations/ has no images: left out" in listing.notes


def test_loose_images_make_a_class_of_a_folder_called_like_a_part(tmp_path: Path) -> None:
    made(tmp_path, "bus", "train", images=4)
    made(tmp_path, "train/steam", "train/diesel")
    assert classes(scan(tmp_path)) == {"train": "bus train"}


def test_a_class_that_another_part_alone_has_is_not_dropped(tmp_path: Path) -> None:
    made(tmp_path, "train/a", "train/b", "test/fox")
    assert classes(scan(tmp_path)) == {"train": "a b", "test": "fox"}


def test_to_measure_a_part_for_testing_is_enough(tmp_path: Path) -> None:
    made(tmp_path, "test/a", "test/b", "val/a")
    assert classes(scan(tmp_path, to_train=False)) == {"test": "a b", "validation": "a"}


def test_all_readers_share_the_rule(tmp_path: Path) -> None:
    root = tmp_path / "archive" / "data"
    make_images(root / "training_set", {"cats": 2, "dogs": 2})
    make_images(root / "test_set", {"cats": 1, "dogs": 1}, start=50)
    options = ImageOptions(cache_dir=str(tmp_path / "cache"))
    read = read_images(tmp_path / "archive", options)
    subject = audit(tmp_path / "archive").subject
    assert read.train.classes == subject.classes == ("cats", "dogs")
    assert (len(read.train), len(read.test)) == (4, 2)
    assert sorted(subject.parts.tolist()) == ["test"] * 2 + ["train"] * 4
    make_images(tmp_path / "unclear" / "one", {"a": 1, "b": 1})
    make_images(tmp_path / "unclear" / "two", {"a": 1, "b": 1})
    for reader in (lambda path: read_images(path, options), audit):
        with pytest.raises(InputError, match="hold folders of the same names"):
            reader(tmp_path / "unclear")
