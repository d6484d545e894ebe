"""Models that are open, and the images that they are given."""

from __future__ import annotations

import io
import os
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule.errors import InputError
from chainrule.layers import Linear, Sequential
from chainrule.play.opened import KEPT, Opened, OpenModels


@pytest.fixture(scope="module")
def opened(trained: Path) -> Opened:
    return Opened(trained / "runs" / "digits-convnet-001" / "model.safetensors")


def encoded(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def ramp(mode: str = "L") -> Image.Image:
    values = np.add.outer(np.arange(16), np.arange(16)) * 8
    if mode == "I;16":
        return Image.fromarray((values * 257).astype(np.uint16))
    return Image.fromarray(values.astype(np.uint8)).convert(mode)


def png_of_size(width: int, height: int) -> bytes:
    """The head of a PNG that says it is so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_images_of_all_kinds_become_the_models_pixels(opened: Opened) -> None:
    plain, _ = opened.decoded(encoded(ramp()), "a.png")
    assert plain.shape == (8, 8, 1) and plain.dtype == np.uint8
    clear = ramp("LA")
    clear.putalpha(0)
    for name, data, expected in (
        ("color.png", encoded(ramp("RGB")), plain),
        ("a.gif", encoded(ramp(), "GIF"), plain),
        ("16 bit.png", encoded(ramp("I;16")), plain),
        ("transparent.png", encoded(clear), np.full_like(plain, 255)),
        ("a.webp", encoded(ramp("RGB"), "WEBP", lossless=True), plain),
    ):
        found, note = opened.decoded(data, name)
        assert np.abs(found.astype(int) - expected).max() <= 1 and note == "", name
    cmyk, _ = opened.decoded(encoded(ramp("CMYK"), "JPEG", quality=98), "cmyk.jpg")
    assert np.abs(cmyk.astype(int) - plain).max() < 24


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected an image, received an empty file"),
        (b"hello", "it is no PNG, JPEG"),
        (b"%PDF-1.7 and so on", "cannot read image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot read image"),
        (encoded(ramp("RGB").resize((99, 99)))[:300], "damaged or cut short"),
        (encoded(ramp("RGB"), "JPEG")[:200], "cannot read image"),
        (png_of_size(50_000, 50_000), "pixels; make it smaller first"),
    ],
    ids=["empty", "text", "pdf", "svg", "cut png", "cut jpeg", "huge"],
)
def test_what_is_no_image_is_said(opened: Opened, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        opened.decoded(data, "drop.png")
    assert "drop.png" in str(error.value) and "\n" not in str(error.value)


def test_pixels_have_the_size_of_the_model(opened: Opened) -> None:
    assert opened.pixels(bytes(64)).shape == (8, 8, 1)
    for size in (0, 63, 65, 10_000):
        with pytest.raises(InputError, match=r"expected 64 bytes, an image of 8x8x1, received"):
            opened.pixels(bytes(size))


def test_what_a_model_is_for(opened: Opened, trained: Path) -> None:
    assert opened.drawable and opened.run is not None and opened.operations
    assert len(opened.data[0]) == 1438
    alone = Opened(trained / "other.safetensors")
    assert alone.run is None
    with pytest.raises(InputError, match="lies in no run"):
        alone.data  # noqa: B018


def test_data_that_are_gone_or_of_another_size_are_said(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "runs" / "digits-convnet-001", tmp_path / "run")
    file = tmp_path / "run" / "config.toml"
    text = file.read_text("utf-8")
    model = tmp_path / "run" / "model.safetensors"
    file.write_text(text.replace('data = "digits"', 'data = "/no/such/folder"'), "utf-8")
    with pytest.raises(InputError, match=r"no such|no folder|not a folder|there is no"):
        Opened(model).data  # noqa: B018
    file.write_text("data = [", "utf-8")
    with pytest.raises(InputError, match=r"config\.toml"):
        Opened(model).data  # noqa: B018
    cr.save(_labeled((28, 28, 1)), model)
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match="expected images of 28x28x1, received 8x8x1"):
        Opened(model).data  # noqa: B018


def _labeled(shape: tuple[int, int, int]) -> Sequential:
    model = cr.models.mlp(shape, (4,), 10).init(0)
    model.signature = cr.layers.Signature(shape, tuple("0123456789"))
    return model


def test_only_square_gray_images_of_some_size_are_drawn(tmp_path: Path) -> None:
    for i, (shape, drawable) in enumerate(
        (((8, 9, 1), False), ((7, 7, 1), False), ((32, 32, 3), False), ((64, 64, 1), True))
    ):
        cr.save(_labeled(shape), tmp_path / f"{i}.safetensors")
        assert Opened(tmp_path / f"{i}.safetensors").drawable == drawable


def test_files_that_are_no_such_models(trained: Path, tmp_path: Path) -> None:
    file = tmp_path / "m.safetensors"
    with pytest.raises(InputError, match=r"cannot read|no such"):
        OpenModels().open(file)
    whole = (trained / "other.safetensors").read_bytes()
    for data in (b"", b"x" * 100, whole[:500], whole[:-3], b"\xff" * 8 + whole[8:]):
        file.write_bytes(data)
        with pytest.raises(InputError):
            OpenModels().open(file)
    cr.save(Sequential(Linear(4, 2)).init(0), file)
    with pytest.raises(InputError, match="does not say which images it is for"):
        OpenModels().open(file)


def test_a_file_that_changes_is_read_again_and_few_are_kept(tmp_path: Path) -> None:
    models, files = OpenModels(), [tmp_path / f"{i}.safetensors" for i in range(KEPT + 1)]
    for file in files:
        cr.save(_labeled((8, 8, 1)), file)
    first = models.open(files[0])
    assert models.open(files[0]) is first
    cr.save(_labeled((9, 9, 1)), files[0])
    os.utime(files[0], (1, 1))
    assert models.open(files[0]).signature.image_shape == (9, 9, 1)
    kept = [models.open(file) for file in files]
    assert models.open(files[-1]) is kept[-1] and models.open(files[0]) is not kept[0]


def test_passes_are_kept_for_the_images_asked_about_last(opened: Opened) -> None:
    images = [np.full((8, 8, 1), v, np.uint8) for v in range(KEPT + 2)]
    first = opened.passes(images[0])
    assert opened.passes(images[0]) is first
    for image in images:
        opened.passes(image)
    assert opened.passes(images[0]) is not first
