from __future__ import annotations

import copy
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from chainrule.kernels.cpu import loops
from chainrule.layers import BatchNorm, MaxPool2d, ReLU, Sequential, fusion
from chainrule.types import Array

from ...contract import assert_close, assert_equal, learn

pytest.importorskip("numba")

SEEDS = st.integers(0, 2**32)


def build(rng: np.random.Generator, channels: int, *after: MaxPool2d) -> Sequential:
    norm = BatchNorm(channels).init()
    for name in ("gamma", "beta", "running_mean"):
        getattr(norm, name).value = rng.standard_normal(channels, np.float32)
    return Sequential(norm, ReLU(), *after)


def both(model: Sequential, x: Array, rng: np.random.Generator) -> list[dict[str, Array]]:
    """All that learning and predicting give, as one run and layer by layer."""
    assert fusion.find(model.layers, 0, x) is not None
    dy = rng.standard_normal(model(x).shape, np.float32)
    results = []
    for how in (nullcontext(), fusion.off()):
        mine = copy.deepcopy(model)
        with how:
            results.append(learn(mine, x, dy) | mine.state() | {"predicted": mine(x)})
    return results


@given(
    shape=st.sampled_from([2, 4])
    .flatmap(lambda n: array_shapes(min_dims=n, max_dims=n, max_side=9))
    .filter(lambda shape: np.prod(shape[:-1]) > 1),
    seed=SEEDS,
)
def test_norm_and_relu_agree_to_the_last_bit(shape, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape, np.float32) * 3 + 1
    assert_equal(*both(build(rng, shape[-1]), x, rng))


@given(
    shape=st.tuples(*(st.integers(low, 9) for low in (1, 2, 2, 1))),
    levels=st.integers(1, 5),
    seed=SEEDS,
)
def test_before_a_pool_y_agrees_to_the_last_bit(shape, levels, seed):
    """Odd sides leave pixels over; few levels make windows with several winners."""
    rng = np.random.default_rng(seed)
    x = rng.integers(levels, size=shape).astype(np.float32)
    one, plain = both(build(rng, shape[-1], MaxPool2d(2)), x, rng)
    np.testing.assert_array_equal(one["y"], plain["y"])
    np.testing.assert_array_equal(one["predicted"], plain["predicted"])
    assert_close(one, plain, rtol=1e-5)


@pytest.mark.parametrize("after", [[], [MaxPool2d(2)]], ids=["relu", "pool"])
def test_all_threads_agree_with_one(after, rng, monkeypatch):
    model, x = build(rng, 5, *after), rng.standard_normal((9, 11, 8, 5), np.float32)
    one, _ = both(model, x, np.random.default_rng(0))
    monkeypatch.setattr(loops, "PARALLEL_FROM", 0)
    many, plain = both(model, x, np.random.default_rng(0))
    assert_close(many, one, rtol=1e-6)
    if not after:
        assert_equal(many, plain)


@pytest.mark.parametrize("after", [[], [MaxPool2d(2)]], ids=["relu", "pool"])
def test_nan_passes_forward(after, rng):
    model, x = build(rng, 2, *after), rng.standard_normal((3, 4, 4, 2), np.float32)
    x[1, 2, 2, 0] = np.nan
    y = model.forward(x)[0]
    assert np.isnan(y[..., 0]).all()  # the channel's mean is NaN
    assert np.isfinite(y[..., 1]).all()
    model.layers[0].running_mean.value[0] = 0
    model.layers[0].running_var.value[0] = 1
    assert np.isnan(model(x)).sum() == 1


def test_the_cache_is_the_input_and_less_than_half_of_it(rng):
    """Neither the norm's output nor that of the ReLU, which are each of the input's size."""
    x = rng.standard_normal((4, 16, 16, 8), np.float32)
    for after, pooled in (([], 0), ([MaxPool2d(2)], x.size // 4 * 5)):
        model = build(rng, 8, *after)
        _, ((_, (kept, *more)),) = model.forward(x)
        assert kept is x
        assert sum(a.nbytes for a in more if isinstance(a, np.ndarray)) == pooled
