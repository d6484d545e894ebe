from __future__ import annotations

import itertools

import numpy as np
import pytest

from chainrule import kernels
from chainrule.errors import InputError, ShapeError
from chainrule.layers import AdaptiveAvgPool2d, AvgPool2d, GlobalAvgPool2d, MaxPool2d, Sequential
from chainrule.layers.shapes import infer_shape

from .. import naive


def image(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32)[None, :, :, None]


def passes(layer, x, dy):
    y, cache = layer.forward(x)
    return y[0, :, :, 0].tolist(), layer.backward(dy, cache)[0, :, :, 0].tolist()


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_max_by_hand_and_ties_go_to_the_first(backend):
    x = image([1, 5, 2, 2], [5, 0, 2, 2])
    with kernels.use(backend):
        y, dx = passes(MaxPool2d(2), x, image([10, 20]))
    assert y == [[5, 2]]
    assert dx == [[0, 10, 20, 0], [0, 0, 0, 0]]


def test_overlapping_windows_sum_at_a_common_winner():
    x = image([1, 3, 2])
    y, dx = passes(MaxPool2d((1, 2), stride=1), x, image([10, 20]))
    assert (y, dx) == ([[3, 3]], [[0, 30, 0]])


def test_padding_never_wins():
    y, dx = passes(MaxPool2d(3, 2, 1), image([-5, -1], [-2, -7]), image([4]))
    assert (y, dx) == ([[-1]], [[0, 4], [0, 0]])


def test_average_counts_padding_or_not():
    x, dy = image([4, 8]), image([9, 18])
    options = {"kernel_size": (3, 2), "stride": 1, "padding": (1, 0)}
    dy = image([6])
    y, dx = passes(AvgPool2d(**options), x, dy)
    assert (y, dx) == ([[2]], [[1, 1]])  # 12 / 6 places
    y, dx = passes(AvgPool2d(**options, count_include_pad=False), x, dy)
    assert (y, dx) == ([[6]], [[3, 3]])  # 12 / 2 pixels


def test_ceil_mode_keeps_the_last_column_and_counts_only_what_is_there():
    x = image([1, 2, 3], [5, 6, 7])
    assert passes(AvgPool2d(2), x, image([4])) == ([[3.5]], [[1, 1, 0], [1, 1, 0]])
    y, dx = passes(AvgPool2d(2, ceil_mode=True), x, image([4, 2]))
    assert (y, dx) == ([[3.5, 5]], [[1, 1, 1], [1, 1, 1]])
    y, dx = passes(MaxPool2d(2, ceil_mode=True), x, image([4, 2]))
    assert (y, dx) == ([[6, 7]], [[0, 0, 0], [0, 4, 2]])


def test_ceil_mode_starts_no_window_beyond_the_image():
    """⌈(n + 2 - 2) / 4⌉ + 1 is 2, but with 3 pixels the second would start on padding alone."""
    for pool in (MaxPool2d, AvgPool2d):
        layer = pool(2, 4, 1, ceil_mode=True)
        for size, outputs in ((3, 1), (4, 2)):
            assert layer(np.ones((1, size, size, 1), np.float32)).shape == (1, outputs, outputs, 1)


@pytest.mark.parametrize("ceil_mode", [True, False])
@pytest.mark.parametrize("pool", [MaxPool2d, AvgPool2d])
def test_windows_start_until_one_reaches_the_end(pool, ceil_mode):
    """In ceil mode further ones follow while pixels are left over and one to start on."""
    for n, k, s in itertools.product(range(4, 9), (2, 3, 4), (1, 2, 3, 5)):
        for p in range(k // 2 + 1):
            starts = [0]
            while (start := starts[-1] + s) + k <= n + 2 * p:
                starts.append(start)
            if ceil_mode and starts[-1] + k < n + 2 * p and start < n + p:
                starts.append(start)
            layer = pool((k, 1), (s, 1), (p, 0), ceil_mode=ceil_mode)
            y = layer(np.ones((1, n, 1, 1), np.float32))
            assert y.shape == (1, len(starts), 1, 1), (n, k, s, p)


@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize("backend", ["reference", "cpu"])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"),
    [
        ((2, 2), (2, 2), (0, 0)),
        ((3, 2), (2, 1), (1, 1)),
        ((3, 3), (1, 3), (1, 0)),
        ((1, 4), (2, 2), (0, 2)),
    ],
)
@pytest.mark.parametrize("ceil_mode", [True, False])
def test_average_equals_the_naive_loops(kernel, stride, padding, include, ceil_mode, backend, rng):
    x = rng.standard_normal((2, 6, 5, 3), np.float32)
    layer = AvgPool2d(kernel, stride, padding, ceil_mode=ceil_mode, count_include_pad=include)
    with kernels.use(backend):
        y, cache = layer.forward(x)
        dy = rng.standard_normal(y.shape, np.float32)
        dx = layer.backward(dy, cache)
    exact = naive.average_pool(x, dy, kernel, stride, padding, include)
    np.testing.assert_allclose(y, exact[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(dx, exact[1], rtol=1e-5, atol=1e-6)


def test_adaptive_windows_share_out_the_image():
    x = image([1, 2, 3, 4, 5])
    y, dx = passes(AdaptiveAvgPool2d((1, 3)), x, image([2, 6, 20]))
    assert y == [[1.5, 3, 4.5]]  # [0, 2), [1, 4), [3, 5)
    assert dx == [[1, 1 + 2, 2, 2 + 10, 10]]


def test_adaptive_to_more_pixels_repeats_them():
    y, dx = passes(AdaptiveAvgPool2d((1, 4)), image([1, 2]), image([1, 10, 100, 1000]))
    assert (y, dx) == ([[1, 1, 2, 2]], [[11, 1100]])


def test_global_average_is_the_mean_over_pixels(rng):
    x = rng.standard_normal((3, 4, 5, 6), np.float32)
    layer = GlobalAvgPool2d()
    y, cache = layer.forward(x)
    np.testing.assert_allclose(y, x.mean(axis=(1, 2)), rtol=1e-4, atol=1e-6)
    dy = rng.standard_normal((3, 6), np.float32)
    expected = np.broadcast_to(dy[:, None, None] / 20, x.shape)
    np.testing.assert_allclose(layer.backward(dy, cache), expected, rtol=1e-5)


def test_the_cache_of_max_is_a_byte_an_output(rng):
    x = rng.standard_normal((2, 6, 6, 8), np.float32)
    y, (argmax, size) = MaxPool2d(2).forward(x)
    assert argmax.nbytes == y.size and size == (6, 6)


def test_an_empty_batch_goes_through():
    x = np.zeros((0, 4, 4, 2), np.float32)
    for layer in (MaxPool2d(2), AvgPool2d(2), AdaptiveAvgPool2d(2), GlobalAvgPool2d()):
        y, cache = layer.forward(x)
        assert layer.backward(y, cache).shape == x.shape


def test_stride_is_the_kernel_unless_given():
    x = np.arange(36, dtype=np.float32).reshape(1, 6, 6, 1)
    np.testing.assert_array_equal(MaxPool2d((3, 2))(x), MaxPool2d((3, 2), (3, 2))(x))
    assert repr(MaxPool2d((3, 2), [2, 2], 1)) == "MaxPool2d((3, 2), stride=2, padding=1)"


@pytest.mark.parametrize("layer", [MaxPool2d, AvgPool2d])
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((0,), "kernel_size: expected a whole number of at least 1"),
        ((2, 0), "stride: expected a whole number of at least 1"),
        ((2, 2, -1), "padding: expected a whole number of at least 0"),
        ((3, 1, 2), "padding: expected at most half of the kernel size 3, .*received 2"),
    ],
)
def test_options_that_cannot_be(layer, arguments, problem):
    with pytest.raises(InputError, match=problem):
        layer(*arguments)


def test_adaptive_needs_a_size():
    with pytest.raises(InputError, match=r"output_size: .*received 0"):
        AdaptiveAvgPool2d(0)


@pytest.mark.parametrize(
    ("stride", "ceil_mode", "least"),
    [(3, False, (5, 5)), (3, True, (3, 3)), ((3, 1), True, (3, 5)), ((1, 2), True, (5, 4))],
)
def test_an_image_smaller_than_the_kernel_is_refused(stride, ceil_mode, least):
    """In ceil mode a window may stick out by a step but one."""
    net = Sequential(MaxPool2d(5, stride, ceil_mode=ceil_mode))
    rows, columns = least
    fitting = np.zeros((1, rows, columns, 1), np.float32)
    assert net(fitting).shape == (1, 1, 1, 1)
    for image in (fitting[:, 1:], fitting[:, :, 1:]):
        with pytest.raises(ShapeError, match=rf"layers\.0: .*of {rows}x{columns} pixels or more"):
            net(image)


@pytest.mark.parametrize("pool", [MaxPool2d, AvgPool2d])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_bound_on_a_sample_holds_for_the_padded_image(pool, axis):
    """Whatever the stride leaves of it."""
    kernel, padding, padded = [1, 1], [0, 0], [2**13, 2**13, 2]
    kernel[axis], padding[axis], padded[axis] = 2**14, 2**13, 3 * 2**13
    with pytest.raises(ShapeError, match=f"one sample would be {'x'.join(map(str, padded))} "):
        infer_shape(pool(kernel, 64, padding), (2**13, 2**13, 2))


@pytest.mark.parametrize("pool", [MaxPool2d, AvgPool2d])
def test_shapes_down_to_one_pixel_are_inferred(pool):
    assert infer_shape(pool((3, 5)), (3, 5, 2)) == (1, 1, 2)
    for size in ((2, 5, 2), (3, 4, 2)):
        with pytest.raises(ShapeError, match=r"that a window of \(3, 5\) fits into"):
            infer_shape(pool((3, 5)), size)


def test_pixels_are_refused_with_the_way_out():
    with pytest.raises(ShapeError, match=r"received uint8; start a model with Normalize\(\)"):
        MaxPool2d(2)(np.zeros((1, 4, 4, 1), np.uint8))
