from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from chainrule.data.folder.unfinished import RECENT, abandoned, doubtful


def test_a_file_that_is_new_or_was_touched_is_doubtful() -> None:
    made = 10 * RECENT
    known = np.array([[5, 5], [5, 5], [made, 5], [made - 2 * RECENT, 5]])
    now = known.copy()
    now[1, 1] = 6  # touched since
    assert doubtful(known, now, made).tolist() == [False, True, True, False]


def test_a_folder_is_abandoned_when_nobody_has_written_there(tmp_path: Path) -> None:
    folder = tmp_path / ".key.tmp"
    folder.mkdir()
    (folder / "pixels").touch()
    assert not abandoned(folder, 60)
    os.utime(folder, (1e9, 1e9))
    assert not abandoned(folder, 60)  # a file is new
    os.utime(folder / "pixels", (1e9, 1e9))
    assert abandoned(folder, 60)
    assert abandoned(tmp_path / "gone", 60)
