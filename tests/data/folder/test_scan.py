from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.data.folder.listing import Listing
from chainrule.data.folder.scan import scan
from chainrule.errors import InputError

from ..image_files import make_images, noise


def said(listing: Listing) -> list[tuple[str, str, str]]:
    return [(e.name, e.label, e.part) for e in listing.entries]


def test_class_folders(tmp_path: Path) -> None:
    make_images(tmp_path, {"dog": 1, "cat": 2})
    listing = scan(tmp_path)
    assert listing.classes == ("cat", "dog")
    assert said(listing) == [
        ("cat/0.png", "cat", "train"),
        ("cat/1.png", "cat", "train"),
        ("dog/0.png", "dog", "train"),
    ]
    assert listing.labels.tolist() == [0, 0, 1]
    assert listing.notes == ()


@pytest.mark.parametrize("name", ["val", "valid", "Validation"])
def test_parts(tmp_path: Path, name: str) -> None:
    for part in ("train", name, "test"):
        make_images(tmp_path / part, {"a": 1, "b": 1})
    listing = scan(tmp_path)
    parts = [entry.part for entry in listing.entries]
    assert parts == ["train"] * 2 + ["validation"] * 2 + ["test"] * 2
    assert listing.of("validation").tolist() == [2, 3]


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    make_images(tmp_path, {"train": 1, "bus": 1, "car": 1})
    assert scan(tmp_path).classes == ("bus", "car", "train")


def test_classes_of_numbers_are_in_their_order(tmp_path: Path) -> None:
    make_images(tmp_path, {"10": 1, "9": 1, "1": 1})
    assert scan(tmp_path).classes == ("1", "9", "10")


def test_images_at_any_depth_and_by_their_suffix(tmp_path: Path) -> None:
    make_images(tmp_path, {"cat/2019/may": 1, "dog": 1})
    noise(0).save(tmp_path / "dog" / "B.JPEG", "JPEG")
    (tmp_path / "dog" / "notes.txt").write_text("woof")
    listing = scan(tmp_path)
    names = [e.name for e in listing.entries]
    assert names == ["cat/2019/may/0.png", "dog/0.png", "dog/B.JPEG"]
    assert listing.notes == (
        "the images in cat/2019 are of the class above them",
        "left out 1 file not called like images: dog/notes.txt",
    )


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    make_images(tmp_path, {"a": 1, "b": 1, ".ipynb_checkpoints": 1, "__MACOSX": 1, "a/.git": 1})
    noise(0).save(tmp_path / "a" / "._0.png")
    listing = scan(tmp_path)
    assert listing.classes == ("a", "b")
    assert len(listing) == 2


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    make_images(tmp_path / "train", {"a": 1, "b": 1, ".": 1})
    (tmp_path / "train" / "empty").mkdir()
    make_images(tmp_path / "test", {".": 2})
    make_images(tmp_path / "val", {"a": 1})
    make_images(tmp_path / "extra", {"a": 1})
    notes = " | ".join(scan(tmp_path).notes)
    assert "train/empty/ has no images" in notes
    assert "test/ has no class folders" in notes
    assert "neither train, test nor val: extra" in notes
    assert "left out 1 image in train/, in no class folder: 0.png" in notes


def test_what_cannot_be_trained_on_says_how_it_could(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no images"):
        scan(tmp_path)
    make_images(tmp_path / "loose", {".": 2})
    with pytest.raises(InputError, match=r"no class folders: put those of each class .*cat/1\.jpg"):
        scan(tmp_path / "loose")
    make_images(tmp_path / "tested" / "test", {"a": 1, "b": 1})
    with pytest.raises(InputError, match="needs a folder train"):
        scan(tmp_path / "tested")


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs symbolic links")
def test_links_are_followed_once_and_loops_end(tmp_path: Path) -> None:
    make_images(tmp_path / "elsewhere", {".": 2})
    root = make_images(tmp_path / "root", {"a": 1, "b": 1})
    (root / "c").symlink_to(tmp_path / "elsewhere")
    (root / "a" / "loop").symlink_to(root)
    (root / "b" / "self").symlink_to(root / "b" / "self")
    (root / "b" / "gone.png").symlink_to(root / "nothing")
    listing = scan(root)
    assert listing.classes == ("a", "b", "c")
    names = [e.name for e in listing.entries]
    assert names == ["a/0.png", "b/0.png", "b/gone.png", "c/0.png", "c/1.png"]
    assert "a/loop/ is a link to a folder read already: left out" in listing.notes


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs the rights of Unix")
def test_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    make_images(tmp_path, {"a": 1, "b": 1})
    for place in (tmp_path, *tmp_path.rglob("*")):  # under any umask
        place.chmod(0o755)
    script = (
        "import os\n"
        "from pathlib import Path\n"
        "from chainrule.data.folder import scan\n"
        "scan.scan(Path('.'))\n"  # imports what another user may not read
        "os.chmod('b', 0)\n"
        "os.geteuid() == 0 and os.seteuid(65534)\n"
        "try: scan.scan(Path('.'))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    (tmp_path / "b").chmod(0o755)
    assert done.stdout.strip() == "InputError cannot read b: Permission denied", done.stderr


def test_ten_thousand_classes(tmp_path: Path) -> None:
    for k in range(10_000):
        (tmp_path / f"{k}").mkdir()
        (tmp_path / f"{k}" / "0.png").touch()
    listing = scan(tmp_path)
    assert len(listing.classes) == 10_000
    assert listing.labels.tolist() == list(range(10_000))


def test_a_folder_whose_parent_may_not_be_entered_is_named(tmp_path, monkeypatch) -> None:
    root = make_images(tmp_path / "p", {"a": 1, "b": 1})
    stat = os.stat

    def refuse(path, **given):
        if os.fspath(path).endswith("b"):
            raise PermissionError(13, "Permission denied")
        return stat(path, **given)

    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(InputError, match=r"cannot read .*b: Permission denied"):
        scan(root)
