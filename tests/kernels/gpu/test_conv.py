"""Convolutions on tensor cores, from the layout of their factors to what is written, on a model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from chainrule.errors import ChainruleWarning
from chainrule.kernels import REFERENCE, precision
from chainrule.kernels.geometry import output_sizes
from chainrule.kernels.gpu import conv, convolution, cubins, tiling, trial

from .fake_cupy import placed

NONE = ((0, 0), (0, 0))
SAME = ((1, 1), (1, 1))
small = st.tuples(st.integers(1, 3), st.integers(1, 3))
rims = st.tuples(st.tuples(*[st.integers(0, 3)] * 2), st.tuples(*[st.integers(0, 3)] * 2))


@pytest.fixture
def launched(gpu, monkeypatch):
    """The kernels that were launched; their first trials are left to a test of their own."""
    names: list[str] = []

    def run(kernel: Any, grid: Any, arguments: Any) -> None:
        names.append(kernel.name)
        original(kernel, grid, arguments)

    original = cubins.run
    monkeypatch.setattr(cubins, "run", run)
    monkeypatch.setattr(trial, "passed", lambda *arguments: True)
    monkeypatch.setattr(conv, "LARGE", 0)
    return names


def arrays(rng, n, size, kernel, options, channels, outputs):
    stride, padding, dilation, groups = options
    x = rng.standard_normal((n, *size, channels * groups), np.float32)
    w = rng.standard_normal((*kernel, channels, outputs * groups), np.float32)
    sizes = output_sizes(size, kernel, stride, padding, dilation)
    return x, w, rng.standard_normal((n, *sizes, outputs * groups), np.float32)


def passes(backend, x, w, dy, options):
    return (
        backend.conv2d(x, w, *options),
        backend.conv2d_backward_input(dy, w, x.shape[1:3], *options),
        backend.conv2d_backward_weight(dy, x, w.shape[:2], *options),
    )


def compare(gpu, x, w, dy, options, asked="float32"):
    """bf16x3 is exact to 3 · 2⁻¹⁶ of the sum of the products' sizes: three roundings, each 2⁻¹⁶."""
    wide = tuple(a.astype(np.float64) for a in (x, w, dy))
    with np.errstate(invalid="ignore", over="ignore"), precision.using(asked):
        got = passes(gpu, *map(placed, (x, w, dy)), options)
        truth = passes(REFERENCE, *((x, w, dy) if asked == "bfloat16" else wide), options)
        sizes = passes(REFERENCE, *map(np.abs, wide), options)
    for mine, theirs, size in zip(got, truth, sizes, strict=True):
        assert mine.dtype == np.float32
        finite = np.isfinite(theirs)
        assert (np.abs(mine - theirs)[finite] <= 4.6e-5 * size[finite]).all()
        np.testing.assert_array_equal(mine[~finite], theirs[~finite].astype(np.float32))


CASES = {
    "3x3": ((2, 7, 9), (3, 3), (1, 1), SAME, (1, 1), 8, 12),
    "many images": ((37, 3, 2), (3, 3), (1, 1), SAME, (1, 1), 4, 4),
    "wide": ((1, 5, 67), (3, 3), (1, 1), SAME, (1, 1), 4, 8),
    "deep": ((1, 6, 6), (3, 3), (1, 1), SAME, (1, 1), 132, 140),
    "stride 2": ((3, 9, 8), (3, 3), (2, 2), SAME, (1, 1), 8, 8),
    "stride 3, 2": ((2, 11, 10), (3, 2), (3, 2), ((1, 2), (0, 1)), (1, 1), 4, 8),
    "stride beyond the kernel": ((2, 9, 9), (2, 2), (3, 3), NONE, (1, 1), 4, 4),
    "dilation": ((2, 9, 10), (3, 3), (1, 1), ((2, 2), (2, 2)), (2, 2), 8, 8),
    "stride 2, dilation 2": ((2, 11, 9), (3, 3), (2, 2), ((2, 1), (0, 2)), (2, 2), 4, 8),
    "stride 2, dilation 3": ((1, 13, 12), (3, 2), (2, 2), ((3, 3), (3, 2)), (3, 3), 4, 4),
    "7x7, stride 2": ((1, 20, 21), (7, 7), (2, 2), ((3, 3), (3, 3)), (1, 1), 4, 16),
    "3 channels": ((2, 8, 8), (3, 3), (1, 1), SAME, (1, 1), 3, 16),
    "1 channel": ((2, 8, 8), (5, 5), (1, 1), ((2, 2), (2, 2)), (1, 1), 1, 8),
    "valid": ((2, 8, 8), (2, 2), (1, 1), NONE, (1, 1), 4, 24),
    "one row": ((2, 1, 8), (1, 3), (1, 1), ((0, 0), (1, 1)), (1, 1), 4, 4),
    "1x1 with padding": ((2, 4, 4), (1, 1), (1, 1), SAME, (1, 1), 4, 4),
    "padding wider than the kernel": ((1, 4, 4), (2, 2), (1, 1), ((3, 3), (2, 3)), (1, 1), 4, 4),
}


@pytest.mark.parametrize("asked", ["float32", "bfloat16"])
@pytest.mark.parametrize("case", CASES)
def test_every_pass_agrees_with_the_reference(gpu, launched, rng, case, asked):
    (n, *size), kernel, stride, padding, dilation, channels, outputs = CASES[case]
    options = stride, padding, dilation, 1
    x, w, dy = arrays(rng, n, tuple(size), kernel, options, channels, outputs)
    compare(gpu, x, w, dy, options, asked)
    ending = "" if asked == "bfloat16" else "_split"
    assert {f"convolve{ending}", f"weight_gradient{ending}"} == set(launched)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    n=st.integers(1, 3),
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    kernel=small,
    stride=small,
    dilation=small,
    padding=rims,
    channels=st.integers(1, 9),
    outputs=st.integers(1, 9),
    asked=st.sampled_from(["float32", "bf16x3", "bfloat16", "float32-strict"]),
    seed=st.integers(0, 2**32),
)
def test_drawn_shapes(
    gpu, launched, n, size, kernel, stride, dilation, padding, channels, outputs, asked, seed
):
    assume(min(output_sizes(size, kernel, stride, padding, dilation)) >= 1)
    options = stride, padding, dilation, 1
    rng = np.random.default_rng(seed)
    compare(gpu, *arrays(rng, n, size, kernel, options, channels, outputs), options, asked)


@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
@pytest.mark.parametrize("asked", ["float32", "bf16x3", "bfloat16"])
def test_filters_of_one_pixel_are_products_of_matrices(gpu, launched, rng, stride, asked):
    options = stride, NONE, (1, 1), 1
    compare(gpu, *arrays(rng, 3, (7, 8), (1, 1), options, 5, 6), options, asked)
    assert not launched


@pytest.mark.parametrize(
    ("groups", "channels", "outputs", "asked"),
    [(2, 4, 4, "float32"), (1, 4, 4, "float32-strict"), (1, 5, 6, "float32")],
    ids=["groups", "strict", "6 outputs"],
)
def test_what_is_not_served_falls_through(gpu, launched, rng, groups, channels, outputs, asked):
    options = (1, 1), SAME, (1, 1), groups
    x, w, dy = arrays(rng, 2, (5, 6), (3, 3), options, channels, outputs)
    with precision.using(asked):
        got = gpu.conv2d(placed(x), placed(w), *options)
        np.testing.assert_array_equal(got, REFERENCE.conv2d(x, w, *options))
        assert not launched
    compare(gpu, x, w, dy, options, asked)


@pytest.mark.parametrize("spoilt", ["x", "w", "dy"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, np.finfo(np.float32).max])
def test_numbers_that_are_not_finite_in_bfloat16(gpu, launched, rng, spoilt, value):
    """bf16x3 is then the plain product, also where infinity meets a low part of 0."""
    options = (2, 2), ((1, 0), (0, 1)), (1, 1), 1
    x, w, dy = arrays(rng, 2, (6, 7), (3, 3), options, 4, 8)
    x[:, ::2] = 1.5  # exact in bfloat16: their low parts are 0
    target = {"x": x, "w": w, "dy": dy}[spoilt]
    target[(0, 1, 1, 1)] = value
    with np.errstate(all="ignore"):
        got = passes(gpu, *map(placed, (x, w, dy)), options)
        truth = passes(REFERENCE, x, w, dy, options)
    for i, (mine, theirs) in enumerate(zip(got, truth, strict=True)):
        if i == 1 and spoilt == "w":  # the reference multiplies zeros between pixels, too
            theirs = np.where(np.isnan(theirs), mine, theirs)
        finite = np.abs(theirs[np.isfinite(theirs) & (np.abs(theirs) < 1e30)]).max()
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5 * finite)


def test_a_pixel_that_no_window_sees_spoils_no_weight(gpu, launched, rng):
    options = (2, 2), NONE, (1, 1), 1
    x, w, dy = arrays(rng, 2, (6, 6), (3, 3), options, 4, 4)
    x[:, 5], x[:, :, 5] = np.inf, np.nan
    compare(gpu, x, w, dy, options)
    compare(gpu, x, w, dy, options, "bfloat16")


def test_small_convolutions_stay_in_float32(gpu, rng, monkeypatch):
    """There the three products would gain nothing, and errors of few sums do not even out."""
    options = (1, 1), SAME, (1, 1), 1
    x, w, dy = arrays(rng, 2, (6, 6), (3, 3), options, 4, 4)
    monkeypatch.setattr(cubins, "run", lambda *arguments: pytest.fail("launched"))
    got, truth = (
        passes(gpu, *map(placed, (x, w, dy)), options),
        passes(REFERENCE, x, w, dy, options),
    )
    for mine, theirs in zip(got, truth, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_no_images(gpu, launched, rng):
    options = (1, 1), SAME, (1, 1), 1
    x, w, dy = arrays(rng, 0, (5, 6), (3, 3), options, 4, 4)
    compare(gpu, x, w, dy, options)


def test_the_sums_of_a_weight_gradient_are_cut_and_joined(gpu, launched, rng, monkeypatch):
    options = (1, 1), SAME, (1, 1), 1
    x, _, dy = arrays(rng, 9, (8, 9), (3, 3), options, 4, 5)
    for every in (1, 2, 4):
        monkeypatch.setattr(tiling, "FEW", every)
        got = gpu.conv2d_backward_weight(placed(dy), placed(x), (3, 3), *options)
        again = gpu.conv2d_backward_weight(placed(dy), placed(x), (3, 3), *options)
        truth = REFERENCE.conv2d_backward_weight(dy, x, (3, 3), *options)
        np.testing.assert_allclose(got, truth, rtol=1e-4, atol=1e-3)
        np.testing.assert_array_equal(got, again)


@pytest.mark.parametrize(("kernel", "stride", "dilation"), [(3, 2, 1), (3, 2, 2), (5, 3, 2)])
def test_taps_are_those_that_meet_a_pixel(kernel, stride, dilation):
    for place in range(9):
        taps, before, apart = convolution.taps(kernel, place, stride, dilation)
        met = [a for a in range(kernel) if (place - a * dilation) % stride == 0]
        assert sorted(taps) == met
        windows = [(place - a * dilation) // stride for a in taps]
        assert windows == [-before + k * apart for k in range(len(taps))]


def test_boxes_are_those_that_compute_least():
    assert tiling.forward(128, 32, 32, 64, 64) == (1, 4, 32, 64, 64)
    assert tiling.forward(128, 4, 4, 512, 512) == (8, 4, 4, 128, 64)
    assert tiling.forward(1, 7, 7, 3, 10) == (1, 8, 16, 16, 16)
    assert tiling.gradient(128, 16, 16, 256, 512) == (1, 8, 16, 128, 128)


# --- a kernel that gives other numbers --------------------------------------------------------


def test_a_kernel_is_tried_once_before_it_serves(gpu, rng, monkeypatch):
    monkeypatch.setattr(conv, "LARGE", 0)
    tried = []
    original = trial._try
    monkeypatch.setattr(
        trial, "_try", lambda which, *rest: tried.append(which) or original(which, *rest)
    )
    options = (2, 2), SAME, (1, 1), 1
    arguments = arrays(rng, 3, (6, 7), (3, 3), options, 4, 4)
    compare(gpu, *arguments, options)
    compare(gpu, *arguments, options)
    assert tried == ["forward", "input", "weight"]


def test_a_wrong_kernel_is_left_out_with_a_warning(gpu, rng, monkeypatch):
    def spoilt(kernel: Any, grid: Any, arguments: Any) -> None:
        original(kernel, grid, arguments)
        next(a for a in arguments if getattr(a, "dtype", None) == np.float32)[0] = 0

    original = cubins.run
    monkeypatch.setattr(cubins, "run", spoilt)
    monkeypatch.setattr(conv, "LARGE", 0)
    options = (1, 1), SAME, (1, 1), 1
    x, w, _ = arrays(rng, 2, (6, 7), (3, 3), options, 4, 4)
    with pytest.warns(ChainruleWarning, match="convolve_split gives other numbers"):
        y = gpu.conv2d(placed(x), placed(w), *options)
    np.testing.assert_array_equal(y, REFERENCE.conv2d(x, w, *options))
