from __future__ import annotations

import os
from pathlib import Path

import pytest

from chainrule.data.folder.files import image_files
from chainrule.errors import InputError

from ..image_files import make_images


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    make_images(tmp_path / "new", {".": 2, "deep/er": 1, ".git": 1})
    (tmp_path / "new" / "notes.txt").touch()
    return tmp_path / "new"


def shown(name: str) -> list[str]:
    return [path.replace(os.sep, "/") for path in image_files(name)]


def test_a_folder_means_all_images_in_it(new: Path) -> None:
    assert shown("new") == ["new/0.png", "new/1.png", "new/deep/er/0.png"]


def test_patterns(new: Path) -> None:
    assert shown("new/*.png") == ["new/0.png", "new/1.png"]
    assert shown("new/**/*.png") == ["new/0.png", "new/1.png", "new/deep/er/0.png"]
    assert shown("new/*") == ["new/0.png", "new/1.png", "new/deep/er/0.png"]
    assert shown("new/[1-9].png") == ["new/1.png"]


def test_a_file_that_is_called_like_a_pattern_is_meant_itself(new: Path) -> None:
    (new / "0.png").rename(new / "a[1].png")
    assert shown("new/a[1].png") == ["new/a[1].png"]


def test_a_file_is_left_to_who_opens_it(new: Path) -> None:
    assert shown("new/notes.txt") == ["new/notes.txt"]
    assert shown("none.png") == ["none.png"]


def test_nothing_to_classify(new: Path) -> None:
    with pytest.raises(InputError, match=r"no image file fits the pattern 'new/\*\.gif'"):
        image_files("new/*.gif")
    (new.parent / "empty").mkdir()
    with pytest.raises(InputError, match="empty has no images"):
        image_files("empty")
