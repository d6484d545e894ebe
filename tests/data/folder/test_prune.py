from __future__ import annotations

import os
from pathlib import Path

import pytest

from chainrule.data.folder.prune import prune


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for age, name in enumerate(("new", "middle", "old")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pixels").write_bytes(bytes(100))
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    return tmp_path


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("limit", "kept"),
    [(0, {"new", "middle", "old"}), (300, {"new", "middle", "old"}), (299, {"new", "middle"}),
     (100, {"new"}), (1, {"new"})],
)  # fmt: skip
def test_what_was_not_used_for_longest_goes(folder: Path, limit: float, kept: set[str]) -> None:
    prune(folder, limit, keep=folder / "new")
    assert left(folder) == kept


def test_what_is_in_use_stays(folder: Path) -> None:
    prune(folder, 100, keep=folder / "old")
    assert "old" in left(folder)


def test_what_a_killed_builder_left_goes(folder: Path) -> None:
    (folder / "abc.lock").touch()
    for name in (".abc.123.tmp", ".abc.tmp"):
        (folder / name).mkdir()
    (folder / ".abc.tmp" / "digests").touch()  # as if somebody might go on
    os.utime(folder / ".abc.123.tmp", (1e9, 1e9))
    prune(folder, 0, keep=folder / "new")
    assert ".abc.123.tmp" not in left(folder)
    assert ".abc.tmp" in left(folder)
