"""Winograd's convolution: any size and padding, as exact as it says, whoever computes it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chainrule import kernels

numba = pytest.importorskip("numba")

from chainrule.kernels.cpu import conv_winograd  # noqa: E402

REFERENCE = kernels.REFERENCE
SAME = ((1, 1), (1, 1))


def arrays(rng, n, size, channels, outputs, padding):
    x = rng.standard_normal((n, *size, channels), np.float32)
    w = rng.standard_normal((3, 3, channels, outputs), np.float32)
    sides = (side + sum(p) - 2 for side, p in zip(size, padding, strict=True))
    return x, w, rng.standard_normal((n, *sides, outputs), np.float32)


def passes(kernel, x, w, dy, padding):
    options = (1, 1), padding, (1, 1), 1
    return (
        kernel.conv2d(x, w, *options),
        kernel.conv2d_backward_input(dy, w, x.shape[1:3], *options),
        kernel.conv2d_backward_weight(dy, x, (3, 3), *options),
    )


def errors(x, w, dy, padding):
    """The largest error of y, dx and dw, as a share of the largest value."""
    truth = passes(REFERENCE, *(a.astype(np.float64) for a in (x, w, dy)), padding)
    got = passes(conv_winograd, x, w, dy, padding)
    for mine, exact in zip(got, truth, strict=True):
        assert mine.dtype == np.float32
        assert mine.shape == exact.shape
        yield np.abs(mine - exact).max(initial=0) / max(np.abs(exact).max(initial=0), 1e-30)


@given(
    n=st.integers(0, 3),
    size=st.tuples(st.integers(1, 11), st.integers(1, 11)),
    channels=st.integers(1, 5),
    outputs=st.integers(1, 5),
    padding=st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * 2),
    seed=st.integers(0, 2**32),
)
def test_any_size_and_rim(n, size, channels, outputs, padding, seed):
    assume(all(side + sum(p) >= 3 for side, p in zip(size, padding, strict=True)))
    problem = arrays(np.random.default_rng(seed), n, size, channels, outputs, padding)
    assert max(errors(*problem, padding)) <= 2e-5


@pytest.mark.parametrize("channels", [1, 64, 512])
def test_error_for_many_channels(rng, channels):
    assert max(errors(*arrays(rng, 2, (10, 9), channels, 64, SAME), SAME)) <= 2e-5


def test_strided_views_are_read_right(rng):
    x, w, dy = arrays(rng, 2, (8, 8), 16, 16, SAME)
    views = x[:, :, ::-1], w[::-1, :, :, ::-1], dy.swapaxes(1, 2)
    copies = [np.ascontiguousarray(view) for view in views]
    for mine, same in zip(
        passes(conv_winograd, *views, SAME), passes(conv_winograd, *copies, SAME), strict=True
    ):
        np.testing.assert_array_equal(mine, same)


@pytest.mark.parametrize("piece", [1, 9, 40])
def test_pieces_join_without_a_seam(rng, monkeypatch, piece):
    """Pieces end inside of lines of tiles and at their ends: 9 tiles a line here."""
    problem = arrays(rng, 3, (17, 34), 3, 4, SAME)
    monkeypatch.setattr(conv_winograd, "LEAST", piece)
    monkeypatch.setattr(conv_winograd, "PIECE", 0)
    monkeypatch.setattr(conv_winograd, "SPAN", 0)
    assert max(errors(*problem, SAME)) <= 2e-5


def test_the_number_of_threads_changes_nothing(rng):
    problem = arrays(rng, 8, (16, 16), 32, 32, SAME)
    before = numba.get_num_threads()
    results = []
    try:
        for threads in (1, before):
            numba.set_num_threads(threads)
            results.append(passes(conv_winograd, *problem, SAME))
    finally:
        numba.set_num_threads(before)
    for one, all_ in zip(*results, strict=True):
        np.testing.assert_array_equal(one, all_)
