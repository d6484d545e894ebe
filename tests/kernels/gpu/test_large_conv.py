"""float32 on tensor cores keeps the tolerance of the compiled kernels for CPUs."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.kernels import REFERENCE
from chainrule.kernels.gpu import cubins, trial

from .fake_cupy import placed


@pytest.mark.parametrize("channels", [16, 128])
def test_float32_of_three_products_keeps_the_tolerance_of_a_cpu(gpu, monkeypatch, rng, channels):
    monkeypatch.setattr(trial, "passed", lambda *arguments: True)
    runs, original = [], cubins.run
    monkeypatch.setattr(cubins, "run", lambda *a: runs.append(a[0].name) or original(*a))
    options = (1, 1), ((1, 1), (1, 1)), (1, 1), 1
    x = rng.standard_normal((8, 16, 16, channels), np.float32)
    w = rng.standard_normal((3, 3, channels, 64), np.float32)
    dy = rng.standard_normal((8, 16, 16, 64), np.float32)
    got = (
        gpu.conv2d(placed(x), placed(w), *options),
        gpu.conv2d_backward_input(placed(dy), placed(w), (16, 16), *options),
        gpu.conv2d_backward_weight(placed(dy), placed(x), (3, 3), *options),
    )
    assert runs == ["convolve_split", "convolve_split", "weight_gradient_split"]
    x, w, dy = (a.astype(np.float64) for a in (x, w, dy))
    truth = (
        REFERENCE.conv2d(x, w, *options),
        REFERENCE.conv2d_backward_input(dy, w, (16, 16), *options),
        REFERENCE.conv2d_backward_weight(dy, x, (3, 3), *options),
    )
    for mine, theirs in zip(got, truth, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5 * np.abs(theirs).max())
