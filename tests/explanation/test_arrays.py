from __future__ import annotations

import numpy as np
import pytest

from chainrule.explanation.arrays import WIDTH, lines, number


def test_rows_are_aligned_and_zero_has_no_sign():
    assert lines(np.array([[-0.0, 12.5], [-0.0001, -3.0]])) == [
        " 0.000  12.500",
        " 0.000  -3.000",
    ]
    assert number(-0.0) == "0"


def test_tiny_and_huge_numbers_keep_their_digits():
    assert lines(np.array([1.5e-5, -2e-7])) == [" 1.50e-05  -2.00e-07"]
    assert lines(np.array([1e20, np.nan, -np.inf])) == ["1.00e+20       nan      -inf"]


def test_images_stand_channel_by_channel():
    x = np.arange(8).reshape(1, 2, 2, 2)
    assert lines(x) == [
        "[0, :, :, 0]    [0, :, :, 1]",
        "0  2            1  3",
        "4  6            5  7",
    ]


def test_kernels_stand_by_input_and_output():
    weight = np.arange(8).reshape(2, 2, 1, 2)
    assert lines(weight, weight=True)[0] == "[:, :, 0, 0]    [:, :, 0, 1]"
    assert lines(weight, weight=True)[1] == "0  2            1  3"


@pytest.mark.parametrize("shape", [(), (1,), (500,), (3, 200), (2, 3, 4), (2, 9, 9, 8), (0, 3)])
@pytest.mark.parametrize("limit", [1, 3, 9])
def test_any_shape_fits_its_place(shape, limit):
    text = lines(np.ones(shape), limit=limit)
    assert 1 <= len(text) <= limit
    assert max(map(len, text)) <= WIDTH + 25  # and a word on what is left out


def test_what_is_left_out_is_counted():
    assert lines(np.eye(6, dtype=int), limit=3)[-1] == "… 4 more lines"
    assert lines(np.eye(6, dtype=int), limit=1) == ["1  0  0  0  0  0  … 5 more lines"]
