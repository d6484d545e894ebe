from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest

from chainrule.data.folder.disk_names import DiskNames


def test_each_part_of_a_path_is_found_by_itself(tmp_path: Path) -> None:
    mixed = f"{normalize('NFC', 'é')}/{normalize('NFD', 'ü')}"
    (tmp_path / mixed).mkdir(parents=True)
    (tmp_path / mixed / "a.png").touch()
    names = DiskNames(str(tmp_path))
    for form in "NFC", "NFD":
        assert (tmp_path / names.spelled(normalize(form, "é/ü/a.png"))).exists()
    assert names.spelled("é/b.png") == "é/b.png"  # is not there
    assert names.spelled("plain/b.png") == "plain/b.png"


def test_of_two_names_that_look_alike_neither_is_guessed(tmp_path: Path) -> None:
    composed, decomposed = "\u1e69", "s\u0323\u0307"
    (tmp_path / composed).touch()
    (tmp_path / decomposed).touch()
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system takes them for one")
    names = DiskNames(str(tmp_path))
    third = "\u1e63\u0307"
    assert [names.spelled(name) for name in (composed, decomposed, third)] == [
        composed,
        decomposed,
        third,
    ]
