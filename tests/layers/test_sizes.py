"""The rules that sizes of windows and images obey, each at its edge."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError, ShapeError
from chainrule.layers.sizes import both_sides, expect_images, expect_windows, extent, pair


@pytest.mark.parametrize(
    ("value", "least", "expected"),
    [
        (1, 1, 1),
        (0, 0, 0),
        ((2, 2), 1, 2),
        ([2, 3], 1, (2, 3)),
        ((0, 1), 0, (0, 1)),
        (np.int64(3), 1, 3),
    ],
)
def test_an_extent_is_a_number_or_a_pair_of_different_ones(value, least, expected):
    found = extent("stride", value, least)
    assert found == expected
    assert type(found) is type(expected)
    assert all(type(number) is int for number in pair(found))


@pytest.mark.parametrize(
    "value", [0, (0, 2), (2, 0), True, (1, True), 2.0, (1, 2.0), "3", (), (1,), (1, 1, 1), None]
)
def test_what_is_no_extent(value):
    with pytest.raises(InputError) as caught:
        extent("stride", value)
    assert str(caught.value) == (
        "stride: expected a whole number of at least 1 or a pair (rows, columns) of them, "
        f"received {value!r}"
    )


def test_padding_is_the_same_on_both_sides():
    assert both_sides(1) == ((1, 1), (1, 1))
    assert both_sides((1, 2)) == ((1, 1), (2, 2))


@pytest.mark.parametrize("shape", [(0, 1, 1, 1), (2, 3, 4, 5)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_images_of_a_pixel_or_more_are_taken(shape, dtype):
    assert expect_images(np.zeros(shape, dtype)) is None


@pytest.mark.parametrize(
    "shape", [(2, 3, 4), (2, 3, 4, 5, 1), (2, 0, 4, 5), (2, 3, 0, 5), (2, 3, 4, 0), ()]
)
def test_what_is_no_image(shape):
    with pytest.raises(ShapeError, match=r"expected an input of shape \(N, H, W, C\), received"):
        expect_images(np.zeros(shape))


def test_images_of_other_numbers_are_refused():
    with pytest.raises(ShapeError, match="expected floating-point input, received int64"):
        expect_images(np.zeros((1, 1, 1, 1), np.int64))
    with pytest.raises(ShapeError, match="native byte order"):
        expect_images(np.zeros((1, 1, 1, 1), np.dtype(np.float32).newbyteorder()))


NONE = ((0, 0), (0, 0))


@pytest.mark.parametrize(
    ("arguments", "least"),
    [
        ((3, NONE), (3, 3)),
        (((3, 5), NONE), (3, 5)),
        ((3, ((1, 0), (0, 1))), (2, 2)),
        ((3, ((1, 1), (0, 2)), 2), (3, 3)),  # five pixels wide, of which two are padding
        ((3, NONE, (1, 2)), (3, 5)),
        ((1, ((3, 3), (3, 3))), (1, 1)),
        ((4, NONE, 1, (1, 2)), (3, 2)),  # a row and two columns may stick out
    ],
)
def test_one_window_must_fit(arguments, least):
    rows, columns = least
    expect_windows(np.zeros((0, rows, columns, 1)), *arguments)
    expect_windows(np.zeros((0, rows + 1, columns + 9, 1)), *arguments)
    for size in ((rows - 1, columns), (rows, columns - 1)):
        with pytest.raises(ShapeError, match=f"needs images of {rows}x{columns} pixels or more"):
            expect_windows(np.zeros((0, *size, 1)), *arguments)


def test_a_dilation_is_named_where_there_is_one():
    x = np.zeros((1, 2, 2, 1))
    with pytest.raises(ShapeError, match=r"^a kernel of size 3 with dilation 2 and padding"):
        expect_windows(x, 3, NONE, 2)
    with pytest.raises(ShapeError, match=r"^a kernel of size 3 and padding"):
        expect_windows(x, 3, NONE)
