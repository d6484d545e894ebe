from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.data.folder.hidden import is_hidden
from chainrule.data.folder.scan import scan

from ..image_files import make_images

SYSTEM = (
    *(".DS_Store", "__MACOSX", ".Trashes", ".Spotlight-V100", ".fseventsd", "$RECYCLE.BIN"),
    *("$Recycle.Bin", "System Volume Information", "Thumbs.db", "desktop.ini", "lost+found"),
    *(".git", ".ipynb_checkpoints", "@eaDir", ".Trash-1000", "__pycache__"),
)


@pytest.mark.parametrize("name", SYSTEM)
def test_what_systems_leave_is_hidden(name: str) -> None:
    assert is_hidden(name, folder=True)


@pytest.mark.parametrize("name", [".NET", "$5", "$10", ".", "...", ".cat", "$", "thumbs", "git"])
def test_other_names_are_the_user_s(name: str) -> None:
    assert not is_hidden(name, folder=True)
    assert not is_hidden(name, folder=False)


def test_files_of_macos_and_servers() -> None:
    assert is_hidden("._1.jpg", folder=False) and is_hidden(".nfs0001", folder=False)
    assert not is_hidden("._1", folder=True)


def test_classes_may_begin_with_a_dot_or_a_dollar_and_what_is_hidden_is_said(
    tmp_path: Path,
) -> None:
    make_images(tmp_path, {"$5": 1, "$10": 1, ".NET": 1, "Java": 1, "__MACOSX/Java": 1})
    (tmp_path / "Java" / ".DS_Store").touch()
    (tmp_path / ".NET" / ".DS_Store").touch()
    listing = scan(tmp_path)
    assert listing.classes == ("$10", "$5", ".NET", "Java")
    assert listing.notes == ("left out 3 system files: .DS_Store, __MACOSX",)
