from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")
import numba

from chainrule.inference.packing import winograd
from chainrule.kernels.cpu.prepared import transforms
from chainrule.kernels.cpu.prepared.blocks import LANES

SIZES = {2: (transforms.data_2, transforms.result_2), 4: (transforms.data_4, transforms.result_4)}


def matrix(transform, size):
    return np.array([transform(list(row)) for row in np.eye(size)]).T


@pytest.mark.parametrize("edge", SIZES)
def test_the_three_transforms_make_a_convolution(edge):
    data, result = (matrix(each, edge + 2) for each in SIZES[edge])
    rng = np.random.default_rng(edge)
    d, w = rng.standard_normal((edge + 2, edge + 2)), rng.standard_normal((3, 3))
    u = winograd(w[:, :, None, None], edge).reshape(edge + 2, edge + 2)
    y = result @ (u * (data @ d @ data.T)) @ result.T
    expected = [
        [(d[i : i + 3, j : j + 3] * w).sum() for j in range(edge)] for i in range(edge)
    ]  # fmt: skip
    np.testing.assert_allclose(y, expected, atol=1e-5)


@pytest.mark.parametrize("edge", SIZES)
def test_tiles_are_transformed_a_vector_of_channels_at_a_time(edge):
    data, size = SIZES[edge][0], edge + 2
    tile = transforms.tile(size, data)

    @numba.njit(error_model="numpy")
    def run(x, y):
        tile(
            x.ctypes.data, 4 * x.shape[1] * x.shape[2], 4 * x.shape[2],
            y.ctypes.data, 4 * y.shape[1] * y.shape[2], 4 * y.shape[2], y.shape[2],
        )  # fmt: skip

    c = 2 * LANES
    x = np.random.default_rng(0).standard_normal((size, size, c)).astype(np.float32)
    y = np.zeros((size, size, c), np.float32)
    run(x, y)
    b = matrix(data, size)
    np.testing.assert_allclose(y, np.einsum("ai,ijc,bj->abc", b, x, b), atol=1e-4)
