from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from .conftest import by_name


@pytest.fixture
def cats(photos):
    return photos / "train" / "cat"


def one(cats) -> Image.Image:
    return Image.open(cats / "train0.png")


def test_damaged_files_are_named_with_the_reason(found, cats) -> None:
    (cats / "empty.png").touch()
    (cats / "text.jpg").write_text("text")
    (cats / "cut.png").write_bytes((cats / "train1.png").read_bytes()[:400])
    finding = found()["unreadable"]
    assert finding.level == "error"
    assert finding.says.startswith("3 images cannot be read")
    names = [name.split(":")[0] for name in finding.names]
    assert names == [f"train/cat/{name}" for name in ("cut.png", "empty.png", "text.jpg")]
    assert finding.names[1].endswith("it is empty")


def test_rows_that_cannot_be_used_are_named(tmp_path, photos) -> None:
    from chainrule.data.audit import audit

    lines = ["path,label", "photos/train/cat/train0.png,cat", "../out.png,dog", ",dog"]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    finding = by_name(audit(tmp_path / "t.csv"))["unusable-rows"]
    assert finding.says == "2 images of the table cannot be used"
    assert "line 3" in finding.names[0]
    assert "line 4 has no path" in finding.names[1]


def test_sizes_are_those_of_the_upright_image_in_every_format(photos, cats) -> None:
    from chainrule.data.audit import audit

    exif = Image.Exif()
    exif[0x0112] = 6
    for name in "a.tif", "a.jpg", "a.png", "a.webp":
        Image.new("RGB", (30, 20)).save(cats / name, exif=exif)
    subject = audit(photos).subject
    records = [
        subject.records[i]
        for i in subject.good
        if subject.names[i].rpartition("/")[2].startswith("a.")
    ]
    assert [(row["width"], row["height"], bool(row["turned"])) for row in records] == (
        4 * [(20, 30, True)]
    )


def test_odd_modes(found, photos, cats) -> None:
    image = one(cats)
    wide = np.asarray(image.convert("L")).astype(np.uint16)
    # A mirror image each, so that they are no copies.
    image.rotate(90).convert("CMYK").save(cats / "1.jpg")
    Image.fromarray(wide[::-1] * 257).save(cats / "2.png")
    image.rotate(180).convert("P").save(cats / "3.png")
    image.rotate(270).convert("RGBA").save(cats / "4.png")
    image.save(cats / "5.gif", save_all=True, append_images=[image.rotate(90)])
    exif = Image.Exif()
    exif[0x0112] = 6
    image.transpose(Image.Transpose.TRANSPOSE).save(cats / "6.jpg", exif=exif)
    from chainrule.data.audit import audit

    result = audit(photos)
    odd = [f for f in result.findings if f.name == "odd-modes"]
    said = {f.says: result.subject.names[f.groups[0][0]].rpartition("/")[2] for f in odd}
    assert said == {
        "1 image is CMYK": "1.jpg",
        "1 image is 16-bit": "2.png",
        "1 image has a palette": "3.png",
        "1 image is transparent": "4.png",
        "1 image has more frames than one, of which the first counts": "5.gif",
        "1 image is turned upright by their EXIF tag": "6.jpg",
    }
    assert by_name(result)["gray-among-color"].says.startswith("1 image is gray")


def test_odd_shapes(found, cats) -> None:
    image = one(cats)
    image.rotate(90).resize((9, 9)).save(cats / "tiny.png")
    image.rotate(180).resize((200, 20)).save(cats / "long.png")
    Image.new("RGB", (24, 24), "red").save(cats / "blank.png")
    everything = found()
    assert everything["tiny-images"].says == "1 image with a side under 16 pixels"
    assert everything["narrow-images"].says.startswith("1 image more than 4 times")
    assert everything["blank-images"].says == "1 image of a single shade"


def test_a_format_that_tells_the_class(found, photos) -> None:
    for file in sorted(photos.glob("*/dog/*.png")):
        Image.open(file).save(file.with_suffix(".jpg"), quality=95)
        file.unlink()
    assert "telling-format" not in found()  # too few images to say so
    for i in range(4):
        for name, suffix in ("cat", "png"), ("dog", "jpg"):
            noise = np.random.default_rng([i, len(name + suffix), name == "cat"])
            image = Image.fromarray(noise.integers(0, 256, (24, 24, 3), np.uint8))
            image.save(photos / "train" / name / f"more{i}.{suffix}")
    assert "tell the class of 100% of the images" in found()["telling-format"].says
