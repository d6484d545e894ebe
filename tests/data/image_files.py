"""Folders of small images, made for a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def noise(seed: int, side: int = 8) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8))


def make_images(root: Path, counts: dict[str, int], side: int = 8, start: int = 0) -> Path:
    """``root/<name>/0.png`` and so on, ``counts[name]`` of them, each with other pixels."""
    seed = start
    for name, count in counts.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            noise(seed, side).save(root / name / f"{i}.png")
            seed += 1
    return root
