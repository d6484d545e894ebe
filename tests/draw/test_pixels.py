from __future__ import annotations

import numpy as np
import pytest

from chainrule.draw import pixels


def test_signs_are_told_by_color_and_0_is_white():
    red, white, blue = pixels.signed(np.array([1.0, 0.0, -1.0]))
    assert red.tolist() == list(pixels.POSITIVE) and blue.tolist() == list(pixels.NEGATIVE)
    assert white.tolist() == list(pixels.ZERO)
    assert pixels.signed(np.zeros((2, 2))).shape == (2, 2, 3)
    assert pixels.signed(np.array([5.0]), 10.0)[0, 0] == pytest.approx((250 + 178) / 2, abs=1)


def test_gray_goes_from_the_least_to_the_greatest():
    gray = pixels.positive(np.array([[2.0, 3.0], [4.0, 2.0]]))
    assert gray[0, 0, 0] == 0 and gray[1, 0, 0] == 255
    assert pixels.positive(np.ones((2, 2))).max() == 0
    assert pixels.positive(np.empty((0, 2))).shape == (0, 2, 3)


def test_filters_are_scaled_one_by_one():
    w = np.zeros((2, 1, 2, 3))
    w[0, 0, 0], w[1, 0, 0] = (1, 0, -1), (100, 0, -100)
    drawn = pixels.kernels(w)
    assert drawn[0].tolist() == drawn[1].tolist()
    assert drawn[0, 0, 0].tolist() == [255, 128, 0] and drawn[0, 0, 1].tolist() == [128] * 3
    assert pixels.kernels(np.zeros((1, 2, 2, 1))).tolist() == [[[list(pixels.ZERO)] * 2] * 2]


def test_a_mosaic_has_gaps_of_nothing():
    images = np.full((3, 12, 12, 3), 7, np.uint8)
    whole = pixels.mosaic(images, 2)
    gap = pixels.gap_of(12)
    assert whole.shape == (24 + gap, 24 + gap, 4)
    assert (whole[..., 3] > 0).sum() == 3 * 144
    assert pixels.mosaic(images[:1, :3, :3], 4).shape == (12, 12, 4)  # tiny ones are enlarged


def test_smaller_keeps_the_mean():
    values = np.random.default_rng(0).random((60, 4))
    small = pixels.smaller(values, 20)
    assert small.shape == (20, 4) and small.mean() == pytest.approx(values.mean())
    assert pixels.smaller(values, 7).shape == (7, 4)
    assert pixels.smaller(values, 100) is values


def test_large_images_lose_rows_and_columns():
    assert pixels.reduced(np.zeros((2, 200, 100, 3)), 96).shape == (2, 67, 34, 3)
    assert pixels.reduced(np.zeros((2, 96, 10, 1)), 96).shape == (2, 96, 10, 1)
    assert pixels.shown(np.zeros((2, 3, 3, 2), np.uint8)).shape == (2, 3, 3, 3)
