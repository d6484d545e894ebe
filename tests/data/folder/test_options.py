from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule.data.folder import ImageOptions
from chainrule.data.folder.scan import scan
from chainrule.errors import InputError

from ..image_files import make_images


def shape(root: Path, **given: object) -> tuple[int, int, int]:
    return ImageOptions(**given).image_shape(scan(root))  # type: ignore[arg-type]


def test_small_images_of_one_size_keep_it(tmp_path: Path) -> None:
    root = make_images(tmp_path, {"a": 2, "b": 2}, side=20)
    assert shape(root) == (20, 20, 3)
    assert shape(root, image_size=12, color="gray") == (12, 12, 1)
    assert shape(root, image_size=(12, 30)) == (12, 30, 3)


@pytest.mark.parametrize(("sides", "expected"), [((100, 300), 64), ((30, 41), 32), ((3, 5), 8)])
def test_others_become_a_square(tmp_path: Path, sides: tuple[int, int], expected: int) -> None:
    for name, side in zip("ab", sides, strict=True):
        make_images(tmp_path, {name: 1}, side=side)
    assert shape(tmp_path) == (expected, expected, 3)


def test_gray_are_those_in_which_all_channels_agree(tmp_path: Path) -> None:
    root = make_images(tmp_path, {"a": 1, "b": 1})
    gray = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) * 4)
    for name in "ab":
        gray.convert("RGB").save(root / name / "0.png")
        gray.save(root / name / "1.jpg")
    assert shape(root) == (8, 8, 1)
    Image.new("RGB", (8, 8), (200, 100, 0)).save(root / "a" / "2.png")
    assert shape(root) == (8, 8, 3)


def test_an_image_on_its_side_counts_as_it_is_seen(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in "ab":
        (tmp_path / name).mkdir()
        Image.new("L", (20, 10)).save(tmp_path / name / "0.jpg", exif=exif)
    assert shape(tmp_path) == (20, 10, 1)


def test_damaged_ones_do_not_count(tmp_path: Path) -> None:
    root = make_images(tmp_path, {"a": 1, "b": 1})
    (root / "a" / "1.png").write_text("none")
    assert shape(root) == (8, 8, 3)
    for name in "ab":
        (root / name / "0.png").write_text("none")
    with pytest.raises(InputError, match=r"none of 3 images .*the first, a/0\.png: it is no PNG"):
        shape(root)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"color": "blue"}, "color: expected 'auto'"),
        ({"resize": "zoom"}, "resize: expected 'stretch'"),
        ({"test": 0.0}, "test: expected a number in"),
        ({"image_size": -1}, "image_size: "),
        ({"image_size": (1, 2, 3)}, "image_size: expected one number, or height and width"),
        ({"image_size": (0, 2)}, "height: "),
        ({"cache_gb": -1}, "cache_gb: "),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ImageOptions(**given)  # type: ignore[arg-type]
