"""The naive loops, the array code and every compiled algorithm say the same."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chainrule import kernels
from chainrule.errors import InputError
from chainrule.kernels.geometry import exchange, output_sizes

from .. import naive

REFERENCE, FASTEST = kernels.REFERENCE, kernels.fastest()
sides = st.tuples(st.integers(1, 5), st.integers(1, 5))
small = st.tuples(st.integers(1, 3), st.integers(1, 3))
rims = st.tuples(st.tuples(*[st.integers(0, 3)] * 2), st.tuples(*[st.integers(0, 3)] * 2))
NONE = ((0, 0), (0, 0))
GEOMETRY = {
    "size": sides, "kernel": small, "stride": small, "dilation": small, "padding": rims,
    "seed": st.integers(0, 2**32),
}  # fmt: skip


def arrays(rng, n, size, kernel, options, channels, outputs):
    stride, padding, dilation, groups = options
    x = rng.standard_normal((n, *size, channels * groups))
    w = rng.standard_normal((*kernel, channels, outputs * groups))
    sizes = output_sizes(size, kernel, stride, padding, dilation)
    return x, w, rng.standard_normal((n, *sizes, outputs * groups))


def passes(backend, x, w, dy, options):
    return (
        backend.conv2d(x, w, *options),
        backend.conv2d_backward_input(dy, w, x.shape[1:3], *options),
        backend.conv2d_backward_weight(dy, x, w.shape[:2], *options),
    )


def assert_compiled_agrees(x, w, dy, options):
    exact = passes(REFERENCE, x, w, dy, options)
    got = passes(FASTEST, *(a.astype(np.float32) for a in (x, w, dy)), options)
    for mine, truth in zip(got, exact, strict=True):
        assert mine.dtype == np.float32
        assert mine.shape == truth.shape
        atol = 1e-5 * np.abs(truth).max(initial=0)
        np.testing.assert_allclose(mine, truth, rtol=1e-5, atol=atol)


@given(groups=st.integers(1, 2), channels=st.integers(1, 2), outputs=st.integers(1, 2), **GEOMETRY)
def test_three_faces(size, kernel, stride, dilation, padding, groups, channels, outputs, seed):
    assume(min(output_sizes(size, kernel, stride, padding, dilation)) >= 1)
    options = (stride, padding, dilation, groups)
    rng = np.random.default_rng(seed)
    x, w, dy = arrays(rng, 2, size, kernel, options, channels, outputs)
    y, dx, dw = passes(REFERENCE, x, w, dy, options)
    np.testing.assert_allclose(y, naive.conv2d(x, w, *options), rtol=1e-12, atol=1e-12)
    dx_naive, dw_naive = naive.conv2d_backward(dy, x, w, *options)
    np.testing.assert_allclose(dx, dx_naive, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dw, dw_naive, rtol=1e-12, atol=1e-12)
    assert_compiled_agrees(x, w, dy, options)


@pytest.mark.parametrize(
    ("algorithm", "channels", "outputs", "kernel", "stride", "padding", "groups"),
    [
        ("pointwise", 5, 3, (1, 1), (1, 1), NONE, 1),
        ("columns", 5, 3, (1, 1), (2, 2), NONE, 1),
        ("columns", 5, 3, (1, 1), (1, 1), ((1, 0), (0, 0)), 1),
        ("columns", 4, 6, (1, 1), (1, 1), NONE, 2),
        ("columns", 3, 16, (3, 3), (1, 1), ((1, 1), (1, 1)), 1),
        ("columns", 3, 6, (3, 3), (1, 1), ((1, 1), (1, 1)), 3),
        ("columns", 16, 16, (3, 3), (2, 2), ((1, 1), (1, 1)), 1),
        ("columns", 16, 13, (3, 3), (1, 1), ((1, 1), (1, 1)), 1),  # too little for Winograd
        ("winograd", 64, 64, (3, 3), (1, 1), ((1, 1), (1, 1)), 1),
        ("depthwise", 5, 5, (3, 3), (2, 1), ((1, 1), (1, 2)), 5),
        ("depthwise", 1, 1, (2, 3), (1, 1), NONE, 1),
    ],
)
def test_each_algorithm(rng, algorithm, channels, outputs, kernel, stride, padding, groups):
    pytest.importorskip("numba")
    from chainrule.kernels.cpu import conv

    options = (stride, padding, (1, 1), groups)
    x, w, dy = arrays(rng, 5, (7, 6), kernel, options, channels // groups, outputs // groups)
    pixels = dy.size // dy.shape[3]
    assert conv.algorithm(conv.Case(w.shape, pixels, *options)) == algorithm
    assert_compiled_agrees(x, w, dy, options)
    assert_compiled_agrees(x[:0], w, dy[:0], options)


@settings(max_examples=60)
@given(
    channels=st.sampled_from([8, 16, 24, 48, 64, 80]),  # one to four vectors, and more than that
    **GEOMETRY,
)
def test_depthwise_in_registers(size, kernel, stride, dilation, padding, channels, seed):
    assume(min(output_sizes(size, kernel, stride, padding, dilation)) >= 1)
    options = (stride, padding, dilation, channels)
    assert_compiled_agrees(
        *arrays(np.random.default_rng(seed), 2, size, kernel, options, 1, 1), options
    )


def test_depthwise_passes_numbers_that_are_not_finite_on(rng):
    """To the outputs whose windows hold them, and to no other channel."""
    options = ((1, 1), ((1, 1), (1, 1)), (1, 1), 32)
    x, w, dy = (a.astype(np.float32) for a in arrays(rng, 2, (6, 6), (3, 3), options, 1, 1))
    x[1, 2, 3, 17], dy[1, 2, 3, 17] = np.nan, np.inf
    for mine, truth in zip(
        passes(FASTEST, x, w, dy, options), passes(REFERENCE, x, w, dy, options), strict=True
    ):
        np.testing.assert_array_equal(np.isfinite(mine), np.isfinite(truth))


def test_an_algorithm_can_be_asked_for():
    pytest.importorskip("numba")
    from chainrule.kernels.cpu import conv

    wide = conv.Case((3, 3, 64, 64), 1000, (1, 1), NONE, (1, 1), 1)
    assert conv.algorithm(wide) == "winograd"
    assert conv.algorithm(wide._replace(pixels=100)) == "columns"
    with conv.using("columns"):
        assert conv.algorithm(wide) == "columns"
        with conv.using("winograd"):
            assert conv.algorithm(wide._replace(shape=(3, 3, 2, 1))) == "winograd"
            assert conv.algorithm(wide._replace(stride=(2, 2))) == "columns"  # it cannot
    assert conv.algorithm(wide) == "winograd"
    with pytest.raises(InputError, match="did you mean 'winograd'"), conv.using("winogard"):
        pass


@pytest.mark.parametrize("stride", [(1, 1), (2, 2)])
@pytest.mark.parametrize("block", [1, 700, 5000])
def test_blocks_of_columns_join_without_a_seam(rng, monkeypatch, block, stride):
    pytest.importorskip("numba")
    from chainrule.kernels.cpu import conv_columns

    monkeypatch.setattr(conv_columns, "PIECE", block)
    options = (stride, ((1, 1), (1, 1)), (1, 1), 1)
    assert_compiled_agrees(*arrays(rng, 4, (7, 5), (3, 3), options, 4, 3), options)


def test_columns_of_a_batch_are_not_held_at_once(rng):
    """The largest array of a forward is 2 MB of columns, not the 38 MB of the whole batch.

    On one thread: each has columns of its own, from its first piece on, whenever it gets one.
    """
    numba = pytest.importorskip("numba")
    x = rng.standard_normal((16, 32, 32, 64), np.float32)
    w = rng.standard_normal((3, 3, 64, 32), np.float32)
    options = ((2, 2), ((1, 1), (1, 1)), (1, 1), 1)
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        FASTEST.conv2d(x, w, *options)
        tracemalloc.start()
        y = FASTEST.conv2d(x, w, *options)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        numba.set_num_threads(threads)
    assert peak < y.nbytes + 3 * 2**20


def test_exchange_is_its_own_inverse(rng):
    w = rng.standard_normal((2, 3, 4, 6))
    assert exchange(w, 2).shape == (2, 3, 3, 8)
    np.testing.assert_array_equal(exchange(exchange(w, 2), 2), w)
    np.testing.assert_array_equal(exchange(w, 1), w.swapaxes(2, 3))
