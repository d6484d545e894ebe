"""Convolution on tiles: the reference's numbers with rounded factors, on the model and the CPU."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule import kernels
from chainrule.kernels import precision
from chainrule.kernels.geometry import output_sizes
from chainrule.kernels.reference.rounding import rounded

numba = pytest.importorskip("numba")

from chainrule.kernels.cpu import conv_tiles  # noqa: E402
from chainrule.kernels.cpu.amx import convolution, registers, weight_gradient  # noqa: E402

from .machines import each_machine, needs_tiles, running_on  # noqa: E402

REFERENCE = kernels.REFERENCE
SAME, NONE = ((1, 1), (1, 1)), ((0, 0), (0, 0))

# n, (h, w), channels, outputs, kernel, stride, padding, dilation
CASES = {
    "3x3, whole tiles": (1, (4, 32), 32, 32, (3, 3), (1, 1), SAME, (1, 1)),
    "3x3, odd sizes": (2, (5, 19), 64, 40, (3, 3), (1, 1), SAME, (1, 1)),
    "3x3, 16 in a line": (2, (3, 16), 33, 17, (3, 3), (1, 1), SAME, (1, 1)),
    "images in the rows": (20, (3, 4), 33, 16, (3, 3), (1, 1), SAME, (1, 1)),
    "more than 32 images": (34, (2, 3), 17, 5, (3, 3), (1, 1), SAME, (1, 1)),
    "3 channels": (3, (6, 17), 3, 16, (3, 3), (1, 1), SAME, (1, 1)),
    "3 channels, strided, many images": (18, (5, 7), 3, 5, (3, 3), (2, 2), SAME, (1, 1)),
    "1 channel, 7x7": (2, (9, 8), 1, 1, (7, 7), (2, 2), ((3, 3), (3, 3)), (1, 1)),
    "5 channels to 3": (2, (6, 6), 5, 3, (3, 3), (1, 1), SAME, (1, 1)),
    "16 channels": (2, (4, 6), 16, 16, (3, 3), (1, 1), SAME, (1, 1)),
    "1x1": (2, (3, 17), 64, 33, (1, 1), (1, 1), NONE, (1, 1)),
    "1x1, one pixel, one image": (1, (1, 1), 48, 10, (1, 1), (1, 1), NONE, (1, 1)),
    "1x1, strided": (17, (5, 6), 24, 16, (1, 1), (2, 2), NONE, (1, 1)),
    "strided": (2, (7, 33), 32, 24, (3, 3), (2, 2), SAME, (1, 1)),
    "strided by more than the kernel": (2, (8, 9), 17, 8, (2, 2), (3, 3), NONE, (1, 1)),
    "two strides, one rim": (3, (9, 18), 20, 17, (3, 2), (2, 1), ((0, 2), (1, 0)), (1, 1)),
    "dilated": (2, (7, 20), 17, 16, (3, 3), (1, 1), ((2, 2), (2, 2)), (2, 2)),
    "dilated and strided": (18, (8, 7), 18, 4, (3, 3), (3, 2), ((2, 2), (2, 2)), (2, 3)),
    "a rim wider than the kernel": (2, (3, 4), 20, 8, (2, 2), (1, 1), ((3, 2), (2, 3)), (1, 1)),
    "kernel as large as the image": (17, (3, 3), 20, 8, (3, 3), (1, 1), NONE, (1, 1)),
    "to 1 channel": (34, (2, 3), 17, 1, (3, 3), (1, 1), SAME, (1, 1)),
    "a stride that no tap meets": (1, (1, 3), 20, 3, (1, 1), (2, 1), ((3, 0), (3, 1)), (1, 1)),
    "no images": (0, (4, 4), 20, 8, (3, 3), (1, 1), SAME, (1, 1)),
}  # fmt: skip
each_case = pytest.mark.parametrize("name", CASES)


def problem(rng, n, size, channels, outputs, kernel, stride, padding, dilation):
    x = rng.standard_normal((n, *size, channels), np.float32)
    w = rng.standard_normal((*kernel, channels, outputs), np.float32)
    sizes = output_sizes(size, kernel, stride, padding, dilation)
    dy = rng.standard_normal((n, *sizes, outputs), np.float32)
    return x, w, dy, (stride, padding, dilation, 1)


def passes(kernel, x, w, dy, options):
    return (
        kernel.conv2d(x, w, *options),
        kernel.conv2d_backward_input(dy, w, x.shape[1:3], *options),
        kernel.conv2d_backward_weight(dy, x, w.shape[:2], *options),
    )


def on_tiles(machine, name, *arguments):
    with running_on(machine), precision.using(name):
        return passes(conv_tiles, *arguments)


def exact(x, w, dy, options, name="bfloat16"):
    factors = (x, w, dy) if name == "bf16x3" else map(rounded, (x, w, dy))
    return passes(REFERENCE, *(a.astype(np.float64) for a in factors), options)


@each_machine
@each_case
@pytest.mark.parametrize(("name_of", "error"), [("bfloat16", 1e-6), ("bf16x3", 2e-5)])
def test_each_shape(rng, machine, name, name_of, error):
    *arrays, options = problem(rng, *CASES[name])
    made = on_tiles(machine, name_of, *arrays, options)
    for mine, truth in zip(made, exact(*arrays, options, name_of), strict=True):
        assert mine.dtype == np.float32
        assert mine.shape == truth.shape
        np.testing.assert_allclose(mine, truth, rtol=0, atol=error * abs(truth).max(initial=0))


@needs_tiles
@each_case
@pytest.mark.parametrize("name_of", ["bfloat16", "bf16x3"])
def test_the_model_has_the_bits_of_the_cpu(rng, name, name_of):
    arguments = problem(rng, *CASES[name])
    both = [on_tiles(machine, name_of, *arguments) for machine in ("model", "cpu")]
    for mine, truth in zip(*both, strict=True):
        np.testing.assert_array_equal(mine, truth)


SHAPES = ["3x3, odd sizes", "images in the rows", "3 channels", "1x1", "dilated"]


@each_machine
@pytest.mark.parametrize("name", [*SHAPES, "3 channels, strided, many images", "1x1, strided"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_where_float32_has_them(rng, machine, name, value):
    """One in the images, one in the gradients, at a corner of an image and in the middle."""
    x, w, dy, options = problem(rng, *CASES[name])
    x[0, 0, 0, 0] = x[-1, x.shape[1] // 2, x.shape[2] // 2, -1] = value
    dy[0, 0, 0, 0] = dy[-1, dy.shape[1] // 2, dy.shape[2] // 2, -1] = value
    with np.errstate(invalid="ignore"):
        truth = exact(x, w, dy, options)
    for mine, sure in zip(on_tiles(machine, "bfloat16", x, w, dy, options), truth, strict=True):
        assert_same_kinds(mine, sure)


@each_machine
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite(rng, machine, name, value):
    """Also where a tap lies on the padding: 0 times infinity is NaN."""
    x, w, dy, options = problem(rng, *CASES[name])
    w[0, 0, 0, 0] = w[-1, -1, -1, -1] = value
    with np.errstate(invalid="ignore"):
        truth = exact(x, w, dy, options)
    for mine, sure in zip(on_tiles(machine, "bfloat16", x, w, dy, options), truth, strict=True):
        assert_same_kinds(mine, sure)


def assert_same_kinds(mine, truth):
    np.testing.assert_array_equal(np.isnan(mine), np.isnan(truth))
    np.testing.assert_array_equal(np.isposinf(mine), np.isposinf(truth))
    np.testing.assert_array_equal(np.isneginf(mine), np.isneginf(truth))


@each_machine
@pytest.mark.parametrize("value", [np.nan, np.inf, 3.4e38])
def test_three_products_say_where_float32_must_serve(rng, machine, value):
    x, w, dy, options = problem(rng, *CASES["16 channels"])
    x[0, 0, 0, 0] = value
    y, dx, dw = on_tiles(machine, "bf16x3", x, w, dy, options)
    assert y is None and dw is None
    assert np.isfinite(dx).all()


@each_machine
@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_very_small_and_very_large_numbers(rng, machine, size):
    x, w, dy, options = problem(rng, *CASES["3x3, odd sizes"])
    arrays = x * np.float32(size), w, dy * np.float32(size)
    y, dx, _ = on_tiles(machine, "bfloat16", *arrays, options)
    truth = exact(*arrays, options)
    np.testing.assert_allclose(y, truth[0], rtol=0, atol=1e-6 * abs(truth[0]).max())
    np.testing.assert_allclose(dx, truth[1], rtol=0, atol=1e-6 * abs(truth[1]).max())
    arrays = x / np.float32(size), w, dy * np.float32(size)
    dw, sure = on_tiles(machine, "bfloat16", *arrays, options)[2], exact(*arrays, options)[2]
    np.testing.assert_allclose(dw, sure, rtol=0, atol=1e-6 * abs(sure).max())


@each_machine
@pytest.mark.parametrize("name", ["3x3, odd sizes", "more than 32 images", "3 channels", "strided"])
def test_pieces_join_without_a_seam(rng, monkeypatch, machine, name):
    arguments = problem(rng, *CASES[name])
    y, dx, dw = on_tiles(machine, "bfloat16", *arguments)
    monkeypatch.setattr(convolution, "S", 1)
    monkeypatch.setattr(convolution, "WORK", 1)
    monkeypatch.setattr(weight_gradient, "RING", 1)
    small = on_tiles(machine, "bfloat16", *arguments)
    np.testing.assert_array_equal(small[0], y)
    np.testing.assert_array_equal(small[1], dx)
    np.testing.assert_allclose(small[2], dw, rtol=0, atol=1e-6 * abs(dw).max())


@each_machine
@pytest.mark.parametrize("name", ["3x3, whole tiles", "images in the rows", "3 channels"])
def test_what_is_written_past_the_caches_is_the_same(rng, monkeypatch, machine, name):
    n, size, channels, _, *rest = CASES[name]
    arguments = problem(rng, n, size, channels, 48, *rest)
    results = []
    monkeypatch.setattr(conv_tiles.workspace, "empty", from_a_line)
    for least in (1 << 40, 0):
        monkeypatch.setattr(convolution, "STREAM", least)
        results.append(on_tiles(machine, "bfloat16", *arguments))
    for mine, same in zip(*results, strict=True):
        np.testing.assert_array_equal(mine, same)


def from_a_line(shape, dtype=np.float32):
    """An empty array that begins with a cache line, as the workspace's large ones do."""
    size = math.prod(shape)
    whole = np.empty(size + 16, np.float32)
    return whole[-whole.ctypes.data // 4 % 16 :][:size].reshape(shape)


@each_machine
@pytest.mark.parametrize("name", ["3x3, odd sizes", "more than 32 images", "3 channels"])
def test_the_number_of_threads_changes_nothing(rng, monkeypatch, machine, name):
    arguments = problem(rng, *CASES[name])
    monkeypatch.setattr(convolution, "WORK", 1)
    before, results = numba.get_num_threads(), []
    try:
        for threads in (1, before):
            numba.set_num_threads(threads)
            results.append(on_tiles(machine, "bfloat16", *arguments))
    finally:
        numba.set_num_threads(before)
    for one, all_ in zip(*results, strict=True):
        np.testing.assert_array_equal(one, all_)


@each_machine
def test_strided_views_are_read_right(rng, machine):
    x, w, dy, options = problem(rng, 2, (6, 6), 16, 16, (3, 3), (1, 1), SAME, (1, 1))
    views = x[:, :, ::-1], w[::-1, :, :, ::-1], dy.swapaxes(1, 2)
    copies = [np.ascontiguousarray(view) for view in views]
    both = [on_tiles(machine, "bfloat16", *arrays, options) for arrays in (views, copies)]
    for mine, same in zip(*both, strict=True):
        np.testing.assert_array_equal(mine, same)


@each_machine
def test_neither_layout_writes_beyond_its_pixels(rng, machine):
    """dx of a stride is written by phases: every pixel once, those without a tap as 0."""
    x, w, dy, options = problem(rng, 2, (7, 7), 17, 8, (1, 1), (3, 3), NONE, (1, 1))
    _, dx, _ = on_tiles(machine, "bfloat16", x, w, dy, options)
    seen = np.zeros((7, 7), bool)
    seen[::3, ::3] = True
    assert dx[:, seen].all()
    assert not dx[:, ~seen].any()


def test_they_are_not_asked_by_name_where_there_are_none(monkeypatch):
    from chainrule.kernels.cpu import conv

    case = conv.Case((3, 3, 64, 64), 1000, (1, 1), SAME, (1, 1), 1)
    with registers.modelled():
        with precision.using("bfloat16"):
            assert conv.algorithm(case) == "tiles"
            assert conv.algorithm(case._replace(groups=2)) == "columns"
        with precision.using("bf16x3"):
            assert conv.algorithm(case) == "tiles"
        assert conv.algorithm(case) == "winograd"
        with conv.using("tiles"):
            assert conv.algorithm(case) == "tiles"
    monkeypatch.setattr(conv_tiles, "usable", lambda: False)
    with precision.using("bfloat16"), conv.using("tiles"):
        assert conv.algorithm(case) == "winograd"


def test_depthwise_convolutions_are_float32_in_every_precision(rng):
    x, w, dy, options = problem(rng, 2, (5, 6), 4, 4, (3, 3), (1, 1), SAME, (1, 1))
    arrays, options = (x, w[:, :, :1], dy), (*options[:3], 4)
    for backend in (kernels.REFERENCE, kernels.fastest()):
        plain = passes(backend, *arrays, options)
        for asked in ("bfloat16", "bf16x3"):
            with precision.using(asked):
                made = passes(backend, *arrays, options)
            for mine, same in zip(made, plain, strict=True):
                np.testing.assert_array_equal(mine, same)


@pytest.mark.parametrize("groups", [1, 2])
def test_without_tiles_factors_are_rounded(rng, monkeypatch, groups):
    monkeypatch.setattr(conv_tiles, "usable", lambda: False)
    x, w, dy, options = problem(rng, 2, (5, 6), 4, 4, (3, 3), (1, 1), SAME, (1, 1))
    arrays, options = (x, w[:, :, : 4 // groups], dy), (*options[:3], groups)
    with precision.using("bfloat16"):
        made = passes(kernels.fastest(), *arrays, options)
    plain = passes(kernels.fastest(), *map(rounded, arrays), options)
    for mine, same in zip(made, plain, strict=True):
        np.testing.assert_array_equal(mine, same)


@each_machine
def test_float32_serves_where_three_products_cannot(rng, machine):
    x, w, dy, options = problem(rng, *CASES["16 channels"])
    x[0, 0, 0, 0] = np.inf
    with running_on(machine), precision.using("bf16x3"):
        made = passes(kernels.fastest(), x, w, dy, options)
    plain = passes(kernels.fastest(), x, w, dy, options)
    np.testing.assert_array_equal(made[0], plain[0])
    np.testing.assert_array_equal(made[2], plain[2])
    np.testing.assert_allclose(made[1], plain[1], rtol=0, atol=2e-5 * abs(plain[1]).max())


def test_float64_is_never_rounded(rng):
    x, w, dy, options = problem(rng, *CASES["16 channels"])
    wide = [a.astype(np.float64) for a in (x, w, dy)]
    with precision.using("bfloat16"):
        made = passes(kernels.REFERENCE, *wide, options)
    for mine, same in zip(made, passes(REFERENCE, *wide, options), strict=True):
        np.testing.assert_array_equal(mine, same)
