from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.config import Config, assignments, resolve
from chainrule.errors import InputError
from chainrule.experiment import load_other, load_test
from chainrule.layers.base import Signature

from ..data.image_files import make_images

SIGNATURE = Signature((6, 6, 3), ("cat", "cow", "dog"), "pad")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.data.folder.reading.cache_folder", lambda: tmp_path / "cache")


def config(root: Path) -> Config:
    return resolve(assignments([f"data={root}"]))


def test_the_test_images_of_a_configuration(tmp_path: Path) -> None:
    root = make_images(tmp_path / "p", {"train/a": 2, "train/b": 2, "test/a": 1, "test/b": 2})
    found = load_test(config(root))
    assert (len(found.images), found.said) == (3, f"the 3 test images of {root}")
    assert load_test(Config()).said == ""


def test_images_are_read_and_labeled_as_the_model_needs_them(tmp_path: Path) -> None:
    root = make_images(tmp_path / "p", {"dog": 2, "cat": 3})
    found = load_other(str(root), SIGNATURE)
    assert found.images.images.shape == (5, 6, 6, 3)
    assert found.images.classes == SIGNATURE.classes
    assert found.images.labels.tolist() == [0, 0, 0, 2, 2]
    assert found.said == f"all 5 images of {root}"


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"test/cat": 1, "val/cat": 2, "train/cat": 3}, "the 1 test image"),
        ({"val/cat": 2, "train/cat": 3}, "the 2 validation images"),
        ({"train/cat": 3}, "all 3 images"),
        ({"test_set/cat": 1}, "the 1 test image"),
        ({"cat": 1}, "all 1 image"),
        ({"wrapped/cat": 1, "wrapped/dog": 1}, "all 2 images"),
    ],
)
def test_which_images_are_measured(tmp_path: Path, counts: dict[str, int], said: str) -> None:
    root = make_images(tmp_path / "p", counts)
    assert load_other(str(root), SIGNATURE).said == f"{said} of {root}"


def test_a_class_that_the_model_does_not_know_is_refused(tmp_path: Path) -> None:
    root = make_images(tmp_path / "p", {"cat": 1, "fox": 1})
    with pytest.raises(InputError, match=r"does not know: 1 \('fox'\); it knows 3"):
        load_other(str(root), SIGNATURE)


def test_images_that_the_model_may_have_learned_are_said(tmp_path: Path) -> None:
    root = make_images(tmp_path / "p", {"train/cat": 2, "train/dog": 2, "test/cat": 1})
    away = make_images(tmp_path / "q", {"cat": 1})
    trained = config(root)
    said = f"it lies with {root}, which the model was trained on: it may know some of them"
    for place, notes in ((root / "train", (said,)), (root / "test", ()), (away, ())):
        assert load_other(str(place), SIGNATURE, trained).notes == notes
