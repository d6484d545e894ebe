"""From a folder of one's own images to predictions: what training saw is what predict sees."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule import load
from chainrule.cli import main
from chainrule.data.formats.images import read_image

from ..data.image_files import make_images, noise
from ..data.metadata_faults import PNG_FAULTS, png

SMALL = ("--epochs", "1", "--model", "mlp", "--set", "model.hidden=[8]", "--name", "mine")


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("chainrule.data.folder.reading.cache_folder", lambda: tmp_path / "cache")
    root = make_images(tmp_path / "photos", {"cat": 12, "dog": 12}, side=12)
    noise(90, 40).resize((60, 25)).save(root / "cat" / "wide.jpg")
    (root / "dog" / "bad.png").write_text("no image")
    return root


def test_a_bad_image_is_skipped_counted_and_named(cli, photos: Path, tmp_path: Path) -> None:
    said = cli("train", "photos", *SMALL)
    assert said.code == 0
    assert "skipped 1 image, listed in" in said.out
    assert "dog/bad.png (it is no PNG" in said.out
    text = (tmp_path / "runs" / "mine" / "skipped.csv").read_text()
    rows = list(csv.reader(text.splitlines()))
    assert rows[0] == ["image", "reason"]
    assert [row[0] for row in rows[1:]] == ["dog/bad.png"]


@pytest.mark.parametrize("resize", ["stretch", "pad"])
def test_predict_resizes_as_training_did(cli, photos: Path, tmp_path: Path, resize: str) -> None:
    trained = cli("train", "photos", *SMALL, "--image-size", "10",
                  "--set", f"images.resize={resize}")  # fmt: skip
    assert trained.code == 0
    measured = cli("evaluate", "mine")
    assert measured.out.split("\n")[0] in trained.out
    model = load(tmp_path / "runs" / "mine" / "model.safetensors")
    assert (model.signature.image_shape, model.signature.resize) == ((10, 10, 3), resize)
    Image.open(photos / "cat" / "wide.jpg").convert("CMYK").save(tmp_path / "new.tif")
    for picture in (photos / "cat" / "wide.jpg", photos / "dog" / "3.png", tmp_path / "new.tif"):
        logits = model(read_image(picture, (10, 10, 3), resize)[None])[0]
        p = np.exp(logits - logits.max())
        p /= p.sum()
        best = int(p.argmax())
        row = cli("predict", "mine", picture).out.splitlines()[-1].split()
        assert row[1:3] == [("cat", "dog")[best], f"{p[best]:.4f}"]


def test_a_table_trains_too(cli, photos: Path, tmp_path: Path) -> None:
    lines = ["path;label"] + [f"photos/{k}/{i}.png;{k}" for k in ("cat", "dog") for i in range(12)]
    (tmp_path / "mine.csv").write_text("\n".join([*lines, "photos/cat/none.png;cat"]))
    said = cli("train", "mine.csv", *SMALL)
    assert said.code == 0
    assert "photos/cat/none.png (No such file or directory)" in said.out


@pytest.mark.filterwarnings("always:.*broken metadata")
def test_broken_metadata_are_ignored_and_said_so(cli, capfd, photos: Path, tmp_path: Path) -> None:
    """In training, from the cache too, in an audit, and in predicting."""
    broken = png(PNG_FAULTS["iTXt above 1 MB"], image=noise(91, 12))
    (photos / "dog" / "text.png").write_bytes(broken)
    for name in "mine", "again":
        said = cli("train", "photos", *SMALL[:-1], name)
        assert "1 image has broken metadata, which are ignored: dog/text.png" in said.out
        assert "skipped 1 image" in said.out
    (photos / "dog" / "bad.png").unlink()
    audited = " ".join(cli("data", "audit", "photos").out.split())
    assert "1 image has broken metadata (EXIF, text, profiles), which are ignored" in audited
    assert main(["predict", "mine", "photos/dog/text.png", "photos/dog/1.png"]) == 0
    said = capfd.readouterr()
    assert len(said.out.splitlines()) == 3  # a header and two rows
    assert said.err.startswith(
        "chainrule: warning: photos/dog/text.png: broken metadata are ignored ("
    )
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (("photos/cat",), "has images but no class folders"),
        (("nowhere/",), "there is no folder or file"),
        (("photos", "--set", "images.resize=squeeze"), "images.resize"),
        (("photos", "--image-size", "-1"), "--image-size"),
        (("photos", "--set", "images.cache_dir=file/x"), "cannot make the cache"),
    ],
)
def test_what_cannot_be_trained_is_one_line(cli, photos: Path, tmp_path: Path, wrong, line) -> None:
    (tmp_path / "file").touch()
    said = cli("train", *wrong)
    assert said.code == 2
    assert line in said.err
    assert not (tmp_path / "runs").exists()


def test_the_parts_that_strangers_have_are_no_classes(cli, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (photos / "dog" / "bad.png").unlink()
    photos.rename(tmp_path / "archive" / "seg_train")
    make_images(tmp_path / "archive" / "seg_test", {"cat": 2, "dog": 2}, side=12, start=70)
    expected = "2: cat, dog"
    said = cli("train", "archive", *SMALL)
    assert said.code == 0
    assert f"\nclasses   {expected}\n" in said.out
    assert f"\nclasses   {expected}\n" in cli("cost", "archive", "--set", "model.name=mlp").out
    assert "4 test images of 2 classes: cat, dog" in cli("data", "audit", "archive").out
    (tmp_path / "archive" / "seg_train").rename(tmp_path / "archive" / "one")
    (tmp_path / "archive" / "seg_test").rename(tmp_path / "archive" / "two")
    for command in (("train",), ("cost",), ("doctor",), ("data", "audit"), ("evaluate", "mine")):
        said = cli(*command, "archive")
        assert said.code == 2
        assert "one, two hold folders of the same names (cat, dog)" in said.err


def test_the_header_names_the_first_of_many_classes(cli, photos: Path, tmp_path: Path) -> None:
    make_images(tmp_path / "many", {f"class number {i:02}": 2 for i in range(30)})
    said = cli("train", "many", *SMALL)
    assert "\nclasses   30: class number 00, class number 01" in said.out
    assert " and 27 more\n" in said.out
