"""The sampler against ``grid_sample``."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels

torch = pytest.importorskip("torch")

MODES = {"constant": "zeros", "edge": "border", "reflect": "reflection"}


@pytest.mark.parametrize("border", MODES)
@pytest.mark.parametrize("shape", [(9, 12, 3), (32, 32, 3), (5, 4, 1)], ids=str)
def test_sampling_is_that_of_pytorch(border, shape, rng):
    h, w, _ = shape
    images = rng.integers(0, 256, (6, *shape), np.uint8)
    maps = rng.normal(0, 0.4, (6, 2, 3)) + np.eye(3)[:2]
    maps[:, :, 2] *= h / 3
    ours = kernels.of(images).sample_affine(images, maps, border, 0)

    i, j = np.mgrid[:h, :w]
    row, column = np.einsum("nab,bij->anij", maps, np.array([i, j, np.ones_like(i)]))
    grid = np.stack([2 * column / (w - 1) - 1, 2 * row / (h - 1) - 1], axis=-1)
    theirs = torch.nn.functional.grid_sample(
        torch.from_numpy(images).permute(0, 3, 1, 2).double(),
        torch.from_numpy(grid),
        padding_mode=MODES[border],
        align_corners=True,
    )
    difference = abs(ours - theirs.permute(0, 2, 3, 1).numpy())
    assert difference.max() <= 1  # coordinates are rounded to 1/1024, values to whole levels
    assert difference.mean() < 0.3
