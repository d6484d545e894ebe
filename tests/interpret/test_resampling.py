from __future__ import annotations

import numpy as np
import pytest

from chainrule.interpret.resampling import blurred, gaussian, linear, resized


def test_a_map_of_its_own_size_stays():
    maps = np.random.default_rng(0).random((2, 3, 5))
    np.testing.assert_allclose(resized(maps, (3, 5)), maps)


def test_one_pixel_is_everywhere():
    assert resized(np.full((1, 1, 1), 7.0), (3, 2)).tolist() == [[[7, 7]] * 3]


@pytest.mark.parametrize(("n", "m"), [(2, 5), (5, 2), (1, 4), (7, 7)])
def test_weights_sum_to_one(n, m):
    np.testing.assert_allclose(linear(n, m).sum(axis=1), 1)
    np.testing.assert_allclose(gaussian(n, 0.7).sum(axis=1), 1)


def test_a_blur_keeps_a_flat_image_and_spreads_a_point():
    flat = np.full((1, 4, 6, 3), 0.3)
    np.testing.assert_allclose(blurred(flat, 2.0), flat)
    point = np.zeros((1, 5, 5, 1))
    point[0, 2, 2] = 1
    soft = blurred(point, 1.0)[0, :, :, 0]
    np.testing.assert_allclose(soft, soft.T)
    assert soft[2, 2] > soft[2, 1] > soft[1, 1] > 0
    assert blurred(point, 0) is point
