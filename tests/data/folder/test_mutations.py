"""Image files and tables that have been changed at random: each is read or skipped, by name and
with a reason on one line. Nothing is raised, nothing hangs, nothing half-written stays."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule.data.audit import audit
from chainrule.data.folder import ImageOptions, list_images, read_images, workers
from chainrule.data.formats.images import read_image
from chainrule.errors import InputError

from ...fuzz.mutants import mutate
from ..image_files import make_images, noise

MUTANTS, TABLES = 200, 60
SHAPE = (8, 8, 3)


def originals() -> list[tuple[str, bytes]]:
    """(suffix, content) of an image in each format and some modes."""
    exif = Image.Exif()
    exif[0x0112] = 6
    image, wide = noise(0, 24), np.arange(576, dtype=np.uint16).reshape(24, 24) * 100
    made = [
        ("png", image, {}), ("png", image.convert("P"), {}), ("png", Image.fromarray(wide), {}),
        ("jpg", image, {"exif": exif}), ("jpg", image, {"progressive": True}),
        ("jpg", image.convert("CMYK"), {}), ("webp", image, {}), ("bmp", image, {}),
        ("gif", image, {"save_all": True, "append_images": [noise(1, 24)]}),
        ("tif", image, {"compression": "tiff_lzw"}), ("tif", image, {"compression": "jpeg"}),
        ("ppm", image, {}),
    ]  # fmt: skip
    contents = []
    for suffix, picture, options in made:
        buffer = io.BytesIO()
        kind = {"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix.upper())
        picture.save(buffer, kind, **options)
        contents.append((suffix, buffer.getvalue()))
    return contents


@pytest.fixture(scope="module")
def mutants(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_images(tmp_path_factory.mktemp("mutants"), {"cat": 4, "dog": 4})
    every = originals()
    for seed in range(MUTANTS):
        suffix, content = every[seed % len(every)]
        mutant = mutate(content, np.random.default_rng(seed))
        (root / ("cat", "dog")[seed % 2] / f"mutant{seed}.{suffix}").write_bytes(mutant)
    return root


@pytest.mark.parametrize("alone", [0, 1000], ids=["by workers", "here"])
def test_a_folder_of_changed_images_can_be_trained_with(
    mutants: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: int
) -> None:
    monkeypatch.setattr(workers, "ALONE", alone)
    found = read_images(mutants, ImageOptions(8, "rgb", cache_dir=str(tmp_path / "cache")))
    skipped = dict(found.skipped)
    assert len(found.train) + len(found.test) + len(skipped) == MUTANTS + 8
    assert MUTANTS / 4 < len(skipped) < MUTANTS
    assert not list(tmp_path.rglob("*.tmp"))
    for reason in skipped.values():
        assert reason
        assert "\n" not in reason
    for name in sorted(skipped)[:40]:  # what training skips, predicting refuses
        with pytest.raises(InputError, match="cannot read image"):
            read_image(mutants / name, SHAPE)


def test_an_audit_names_those_that_a_training_skips(mutants: Path, tmp_path: Path) -> None:
    options = ImageOptions(8, "rgb", cache_dir=str(tmp_path / "cache"))
    skipped = {name for name, _ in read_images(mutants, options).skipped}
    result = audit(mutants)
    assert {result.subject.names[i] for i in result.subject.failed} == skipped


@pytest.mark.parametrize("seed", range(TABLES))
def test_a_changed_table_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    make_images(tmp_path / "p", {"a": 3, "b": 3})
    rows = [f"p/{name}/{i}.png,{name},train" for name in "ab" for i in range(3)]
    content = "\r\n".join(["path,label,split", *rows]).encode()
    file = tmp_path / "table.csv"
    file.write_bytes(mutate(content, np.random.default_rng(seed)))
    try:
        listing = list_images(file)
    except InputError as error:
        assert "\n" not in str(error)
        assert "table.csv" in str(error)
        return
    assert all(
        (tmp_path / entry.name).resolve().is_relative_to(tmp_path) for entry in listing.entries
    )
