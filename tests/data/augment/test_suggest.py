"""What may be flipped and cropped, and what may not."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import Dataset, digits
from chainrule.data.augment import PRESETS
from chainrule.data.augment.suggest import suggest


def photographs(*classes: str, channels: int = 3) -> Dataset:
    images = np.random.default_rng(0).integers(0, 256, (12, 8, 8, channels), np.uint8)
    return Dataset(images, np.arange(12) % len(classes), classes)


def drawings(*classes: str) -> Dataset:
    """Dark strokes on white paper, with soft edges."""
    images = np.full((12, 16, 16, 1), 255, np.uint8)
    images[:, 4:12, 7:9], images[:, 4:12, 6] = 10, 128
    return Dataset(images, np.arange(12) % len(classes), classes)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "classes", [("cat", "dog"), ("n01440764", "n02102040"), ("class 1", "class 2"), ("猫", "犬")]
)
def test_photographs_are_cropped_and_flipped(classes: tuple[str, ...], channels: int) -> None:
    assert suggest(photographs(*classes, channels=channels)) == ("crop-flip", "photographs")


@pytest.mark.parametrize(
    "classes",
    [
        ("0", "1", "10"),
        ("a", "B"),
        ("Zero", "ONE"),
        ("07", "12"),
        ("a", "b", "nothing"),
        ("あ", "い"),
    ],
)
def test_digits_and_letters_are_not_whatever_they_look_like(classes: tuple[str, ...]) -> None:
    assert suggest(photographs(*classes))[0] == "none"


@pytest.mark.parametrize(
    "classes", [("turn_left", "turn_right"), ("Left", "stop"), ("left-hand", "x y")]
)
def test_a_side_in_a_name_forbids_the_mirror(classes: tuple[str, ...]) -> None:
    name, kind = suggest(photographs(*classes))
    assert (name, kind) == ("none", "classes that a mirror image would change")


def test_a_word_that_holds_a_side_is_none() -> None:
    assert suggest(photographs("bright", "cleft"))[0] == "crop-flip"


def test_writing_is_not_flipped_whatever_its_classes_are_called() -> None:
    assert suggest(drawings("alpha", "beta")) == ("none", "writing or drawings")
    inverted = drawings("alpha", "beta")
    inverted = Dataset(255 - inverted.images, inverted.labels, inverted.classes)
    assert suggest(inverted) == ("none", "writing or drawings")


def test_digits_with_soft_edges_are_known_without_their_names() -> None:
    train, _ = digits()
    named = Dataset(train.images, train.labels, tuple(f"kind {k}" for k in range(10)))
    assert suggest(named) == ("none", "writing or drawings")


def test_it_names_a_preset_and_changes_nothing() -> None:
    train, _ = digits()
    before = train.sha256
    assert suggest(train)[0] in PRESETS
    assert train.sha256 == before
