from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule import data
from chainrule.data.folder import ImageOptions, read_images, read_measurable
from chainrule.data.formats.images import read_image
from chainrule.errors import InputError

from ..image_files import make_images


def test_parts_and_labels(photos: Path, options: ImageOptions) -> None:
    found = read_images(photos, options)
    assert (len(found.train), len(found.test)) == (9, 5)
    assert found.train.classes == found.test.classes == ("cat", "dog")
    assert found.train.labels.tolist() == [0] * 5 + [1] * 4
    assert found.train.name == "photos"
    assert found.validation is None
    assert found.options.image_size == (8, 8)
    assert found.options.color == "rgb"
    dog = read_image(photos / "test" / "dog" / "1.png", (8, 8, 3))
    assert (found.test.images[3] == dog).all()
    assert (
        found.test.sha256
        == data.Dataset(found.test.images[:], found.test.labels, found.test.classes).sha256
    )


def test_a_share_of_each_class_is_held_back_where_there_is_no_test(
    tmp_path: Path, options: ImageOptions
) -> None:
    root = make_images(tmp_path / "p", {"a": 10, "b": 20})
    found = read_images(root, options)
    assert np.bincount(found.test.labels).tolist() == [2, 4]
    assert np.bincount(found.train.labels).tolist() == [8, 16]
    assert "6 images, 20% of each class, held back to test with" in found.notes[0]
    again = read_images(root, options)
    assert again.test.sha256 == found.test.sha256


def test_a_validation_part(tmp_path: Path, options: ImageOptions) -> None:
    for start, part in enumerate(("train", "val", "test")):
        make_images(tmp_path / "p" / part, {"a": 2, "b": 2}, start=10 * start)
    found = read_images(tmp_path / "p", options)
    assert found.validation is not None
    assert found.validation.tolist() == [4, 5, 6, 7]
    assert len(found.train) == 8
    (tmp_path / "p" / "test").rename(tmp_path / "gone")
    found = read_images(tmp_path / "p", options)
    assert (found.validation, len(found.train), len(found.test)) == (None, 4, 4)
    assert "the validation part is tested with" in found.notes[0]


def bomb(side: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))


def test_bad_images_are_skipped_counted_and_named(photos: Path, options: ImageOptions) -> None:
    (photos / "train" / "cat" / "bomb.png").write_bytes(bomb(50_000))
    (photos / "train" / "cat" / "empty.png").touch()
    (photos / "test" / "dog" / "cut.png").write_bytes(
        (photos / "test" / "dog" / "0.png").read_bytes()[:60]
    )
    (photos / "train" / "bird").mkdir()
    (photos / "train" / "bird" / "text.jpg").write_text("no image")
    found = read_images(photos, options)
    assert (len(found.train), len(found.test)) == (9, 5)
    assert found.train.classes == ("cat", "dog")
    assert [name for name, _ in found.skipped] == [
        "train/bird/text.jpg", "train/cat/bomb.png", "train/cat/empty.png", "test/dog/cut.png"
    ]  # fmt: skip
    reasons = dict(found.skipped)
    assert "more than 80,000,000 pixels" in reasons["train/cat/bomb.png"]
    assert reasons["train/cat/empty.png"] == "it is empty"
    assert "left out, without an image that can be read: bird" in found.notes


def test_load_warns_of_them(photos: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("chainrule.data.folder.reading.cache_folder", lambda: tmp_path / "c")
    train, test = data.load(photos)
    assert (len(train), len(test)) == (9, 5)
    (photos / "train" / "cat" / "empty.png").touch()
    with pytest.warns(UserWarning, match=r"skipped 1 image: train/cat/empty\.png \(it is empty"):
        data.load(str(photos))


def test_what_cannot_be_learned_is_refused(tmp_path: Path, options: ImageOptions) -> None:
    with pytest.raises(InputError, match=r"has one class, 'a'"):
        read_images(make_images(tmp_path / "one", {"a": 3}), options)
    make_images(tmp_path / "only" / "train", {"a": 2, "b": 2})
    make_images(tmp_path / "only" / "test", {"a": 1, "c": 1})
    with pytest.raises(InputError, match=r"'c' of .* has no image to train with"):
        read_images(tmp_path / "only", options)
    with pytest.raises(InputError, match="too few to hold some back"):
        read_images(make_images(tmp_path / "few", {"a": 1, "b": 1}), options)
    with pytest.raises(InputError, match="there is no folder or file"):
        read_images(tmp_path / "none", options)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError, match=r"neither a folder of images nor a \.csv"):
        read_images(tmp_path / "notes.txt", options)


def test_nothing_that_can_be_read(tmp_path: Path) -> None:
    root = make_images(tmp_path / "p", {"a": 1, "b": 1})
    for name in "ab":
        (root / name / "0.png").write_text("x")
    options = ImageOptions(8, "rgb", cache_dir=str(tmp_path / "cache"))
    with pytest.raises(InputError, match=r"none of 2 images .*a/0\.png: it is no PNG"):
        read_images(root, options)


def test_a_table(tmp_path: Path, options: ImageOptions) -> None:
    make_images(tmp_path / "p", {"x": 6})
    rows = [f"p/x/{i}.png,{'ab'[i % 2]},{'train' if i < 4 else 'test'}" for i in range(6)]
    (tmp_path / "t.csv").write_text("\n".join(["path,label,split", *rows, "p/x/9.png,a,train"]))
    found = read_images(tmp_path / "t.csv", options)
    assert (len(found.train), len(found.test)) == (4, 2)
    assert found.train.classes == ("a", "b")
    assert found.skipped[0].name == "p/x/9.png"
    assert found.skipped[0].reason == "No such file or directory"


@pytest.mark.parametrize("kind", ["L", "LA", "P", "1", "CMYK", "I;16", "RGBA", "RGB"])
def test_every_mode_is_read_in_training_as_in_predicting(
    tmp_path: Path, options: ImageOptions, kind: str
) -> None:
    root = make_images(tmp_path / "p", {"a": 3, "b": 3}, side=11)
    suffix = "tif" if kind == "CMYK" else "png"
    image = Image.fromarray(np.arange(117, dtype=np.uint8).reshape(9, 13) * 2)
    if kind == "I;16":
        image = Image.fromarray(np.arange(117, dtype=np.uint16).reshape(9, 13) * 500)
    else:
        image = image.convert(kind)
    image.save(root / "a" / f"odd.{suffix}")
    found = read_images(root, ImageOptions((7, 6), "rgb", "pad", cache_dir=options.cache_dir))
    read = read_image(root / "a" / f"odd.{suffix}", (7, 6, 3), "pad")
    everything = np.concatenate([found.train.images[:], found.test.images[:]])
    assert (everything == read).all(axis=(1, 2, 3)).any()


def test_classes_of_the_test_in_other_capitals_are_named(tmp_path: Path, options) -> None:
    make_images(tmp_path / "p", {"train/Cat": 2, "train/Dog": 2, "test/cat": 1})
    if (tmp_path / "p" / "train" / "cat").exists():
        pytest.skip("the file system does not tell them apart")
    with pytest.raises(InputError, match=r"'cat' of .*; 'Cat' and 'cat' are different classes"):
        read_images(tmp_path / "p", options)


def test_a_part_for_testing_alone_can_be_measured(tmp_path: Path, options) -> None:
    root = make_images(tmp_path / "p", {"test_set/a": 2, "val/a": 1})
    found = read_measurable(root, options)
    assert (found.part, len(found.images), found.images.classes) == ("test", 2, ("a",))
    with pytest.raises(InputError, match="needs a folder train"):
        read_images(root, options)
