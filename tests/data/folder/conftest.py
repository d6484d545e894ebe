"""A cache of its own for each test, and folders of pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.data.folder import PictureOptions

from ..image_files import make_pictures


@pytest.fixture
def options(tmp_path: Path) -> PictureOptions:
    return PictureOptions(cache_dir=str(tmp_path / "cache"))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes, with a test part."""
    root = tmp_path / "photos"
    make_pictures(root / "train", {"cat": 5, "dog": 4})
    make_pictures(root / "test", {"cat": 2, "dog": 3}, start=100)
    return root
