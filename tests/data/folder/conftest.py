"""A cache of its own for each test, and folders of images."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.data.folder import ImageOptions

from ..image_files import make_images


@pytest.fixture
def options(tmp_path: Path) -> ImageOptions:
    return ImageOptions(cache_dir=str(tmp_path / "cache"))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes, with a test part."""
    root = tmp_path / "photos"
    make_images(root / "train", {"cat": 5, "dog": 4})
    make_images(root / "test", {"cat": 2, "dog": 3}, start=100)
    return root
