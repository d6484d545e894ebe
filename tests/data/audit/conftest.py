"""An audit of a folder, by the names of its findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule.data.audit import Audit, Finding, audit

Found = Callable[[], dict[str, Finding]]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes in two parts, in which there is nothing to find."""
    rng = np.random.default_rng(0)
    for part, count in ("train", 20), ("test", 4):
        for name in "cat", "dog":
            folder = tmp_path / "photos" / part / name
            folder.mkdir(parents=True)
            for i in range(count):
                coarse = Image.fromarray(rng.integers(0, 256, (5, 5, 3), np.uint8))
                coarse.resize((24, 24), Image.Resampling.BICUBIC).save(folder / f"{part}{i}.png")
    return tmp_path / "photos"


@pytest.fixture
def found(photos: Path) -> Found:
    def found() -> dict[str, Finding]:
        return by_name(audit(photos))

    return found


def by_name(result: Audit) -> dict[str, Finding]:
    return {finding.name: finding for finding in result.findings}
