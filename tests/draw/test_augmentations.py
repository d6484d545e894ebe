from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import Dataset, digits
from chainrule.data.augment import OPERATIONS, Affine, Augment, RandomCrop, preset
from chainrule.draw import augmentations, draw_augmentations, style
from chainrule.errors import InputError


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(style, "PIXELS_PER_INCH", 30)


@pytest.mark.parametrize("shape", [(300, 200, 3), (9, 5, 1), (8, 8, 4), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("kind", ["svg", "png"])
def test_any_images_can_be_drawn(shape, kind, rng, tmp_path):
    images = rng.integers(0, 256, (5, *shape), np.uint8)
    data = Dataset(images, np.arange(5) % 2, ("a", "b"))
    path = draw_augmentations(data, preset("cutmix"), tmp_path / f"a.{kind}")
    assert path.read_bytes().startswith(b"\x89PNG" if kind == "png" else b"<?xml")


def test_there_is_a_row_for_each_operation_and_one_for_all():
    train, _ = digits()
    rows = augmentations.strips(train, preset("crop-flip"), seed=0)
    titles = [title for title, _, _ in rows]
    assert titles == ["as they are", "RandomCrop", "HorizontalFlip", "all together"]
    everything = augmentations.strips(train, None, seed=0)
    assert len(everything) == 1 + len(OPERATIONS)
    one = augmentations.strips(train, Augment(RandomCrop()), seed=0)
    assert [title for title, _, _ in one] == ["as they are", "RandomCrop"]


def test_what_is_drawn_is_what_is_trained_on():
    train, _ = digits()
    (_, _, before), *_, (_, _, after) = augmentations.strips(train, preset("crop-flip"), seed=3)
    where = [int((train.images == image).all(axis=(1, 2, 3)).argmax()) for image in before]
    samples = np.array(where)
    expected, _ = preset("crop-flip")(
        train.images[samples], train.labels[samples], samples, seed=3, epoch=0, classes=10
    )
    np.testing.assert_array_equal(after, expected)


def test_options_are_said_in_words():
    said = augmentations.options(Affine(degrees=7, p=0.5))
    assert said == "p 0.5, degrees 7, translate 0.1, scale 0.9 to 1.1, shear 5"


def test_a_wrong_suffix_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"is drawn as \.svg or \.png, received '\.gif'"):
        draw_augmentations(digits()[0], None, tmp_path / "a.gif")
