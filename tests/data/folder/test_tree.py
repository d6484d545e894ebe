from __future__ import annotations

import os
from pathlib import Path

import pytest

from chainrule.data.folder.tree import read_tree

from ..image_files import make_images


def test_folders_and_counts(tmp_path: Path) -> None:
    make_images(tmp_path, {"b/c": 2, "a": 1})
    (tmp_path / "a" / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    root = read_tree(tmp_path).root
    assert [(f.below, f.count) for f in root.walk()] == [
        ("", 3), ("a", 1), ("b", 2), ("b/c", 2), ("empty", 0)
    ]  # fmt: skip
    assert [f.name for f in root.full] == ["a", "b"]
    assert root.folders[0].others == ["notes.txt"]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs symbolic links")
def test_a_folder_counts_where_it_lies_and_not_where_a_link_leads_to_it(tmp_path: Path) -> None:
    make_images(tmp_path, {"b": 1})
    (tmp_path / "a").symlink_to(tmp_path / "b")
    tree = read_tree(tmp_path)
    assert [f.below for f in tree.root.walk()] == ["", "b"]
    assert tree.linked == ("a",)
