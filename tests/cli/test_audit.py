from __future__ import annotations

import re
from pathlib import Path

import pytest

from chainrule.cli import main

from ..data.image_files import make_images, noise


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    root = make_images(tmp_path / "photos" / "train", {"cat": 21, "dog": 21}, side=20)
    make_images(tmp_path / "photos" / "test", {"cat": 2, "dog": 2}, side=20, start=50)
    return root.parent


def test_a_folder_in_order(cli, photos) -> None:
    said = cli("data", "audit", "photos")
    assert said.code == 0
    assert said.out == "photos: 42 train, 4 test images of 2 classes: cat, dog\n\nno errors\n"


def test_an_error_is_exit_code_1_and_the_page_shows_it(photos, tmp_path, capfd) -> None:
    (photos / "train" / "cat" / "x<y>.png").write_text("text")
    file = photos / "test" / "dog" / "0.png"
    file.write_bytes((photos / "train" / "dog" / "3.png").read_bytes())
    assert main(["data", "audit", str(photos), "--html", str(tmp_path / "audit.html")]) == 1
    said = capfd.readouterr()
    assert said.err == ""
    assert "1 image cannot be read; a training skips them  [unreadable]" in said.out
    assert "- train/cat/x<y>.png: it is no PNG" in said.out
    assert "- train/dog/3.png = test/dog/0.png" in said.out
    assert said.out.endswith(f"\n2 errors\n\npage {tmp_path / 'audit.html'}\n")


@pytest.mark.parametrize("data", ["nowhere", "flat", "empty", "notes.txt", "none.csv"])
def test_what_cannot_be_audited_is_one_line(cli, tmp_path, data: str) -> None:
    (tmp_path / "flat").mkdir()
    noise(0).save(tmp_path / "flat" / "0.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "none.csv").write_text("path,label\n")
    said = cli("data", "audit", data, "--html", "audit.html")
    assert said.code == 2
    assert data in said.err
    assert not (tmp_path / "audit.html").exists()


def test_a_page_that_cannot_be_written(cli, photos) -> None:
    said = cli("data", "audit", "photos", "--html", "nowhere/audit.html")
    assert said.code == 2
    assert "cannot write nowhere/audit.html" in said.err


def test_a_data_set_by_its_name(cli) -> None:
    said = cli("data", "audit", "digits")
    assert said.code == 0
    assert said.out.startswith("digits: 1,438 train, 359 test images of 10 classes")


def test_what_was_hidden_and_classes_that_say_the_same(cli, photos) -> None:
    (photos / "train" / "cat" / ".DS_Store").touch()
    said = cli("data", "audit", "photos")
    assert "left out 1 system file: .DS_Store" in said.out
    (photos.parent / "t.csv").write_text(
        "path,label\nphotos/train/cat/0.png,Cat\nphotos/train/cat/1.png,cat\n"
    )
    said = cli("data", "audit", "t.csv")
    assert "1 group of classes with names that say the same  [alike-classes]" in said.out
    assert "- 'Cat', 'cat'" in said.out


def test_it_suggests_options_that_it_has_or_says_whose_they_are(photos, cli, capfd) -> None:
    noise(90).resize((200, 20)).save(photos / "train" / "cat" / "wide.png")
    (photos.parent / "t.csv").write_text(
        "path,label\nphotos/train/cat/wide.png,cat\n../out.png,dog\n"
    )
    assert main(["data", "audit", "t.csv"]) == 1
    said = capfd.readouterr().out
    options = re.findall(r"(\S+(?: \S+)?) (--[a-z-]+)", said)
    assert {(words.split()[-1], option) for words, option in options} == {
        ("train", "--set"), ("audit", "--root")
    }  # fmt: skip
    assert "--data-dir: expected a data set by its name" in (
        cli("data", "audit", "photos", "--data-dir", ".").err
    )
