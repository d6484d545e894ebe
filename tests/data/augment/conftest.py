from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import Dataset


def pictures(n: int = 24, h: int = 9, w: int = 12, c: int = 3, seed: int = 0) -> Dataset:
    """Smooth images with a little noise: neither a constant nor an edge everywhere."""
    rng = np.random.default_rng(seed)
    i, j = np.ogrid[:h, :w]
    phases = rng.uniform(0, 6, (2, n, 1, 1, c))
    waves = np.sin(i[..., None] / 3 + phases[0]) + np.cos(j[..., None] / 4 + phases[1])
    noisy = 128 + 50 * waves + rng.normal(0, 8, (n, h, w, c))
    images = np.clip(noisy, 0, 255).astype(np.uint8)
    return Dataset(images, rng.integers(0, 5, n), tuple("abcde"))


@pytest.fixture(params=[(9, 12, 3), (8, 8, 1), (1, 1, 3), (2, 7, 4)], ids=str)
def dataset(request) -> Dataset:
    return pictures(24, *request.param)
