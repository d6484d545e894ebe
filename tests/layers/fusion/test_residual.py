from __future__ import annotations

import copy
import weakref
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chainrule.layers import BatchNorm, Conv2d, ReLU, Residual, Sequential, fusion
from chainrule.types import Array

from ...contract import assert_equal, learn

pytest.importorskip("numba")


def block(channels: int, width: int, stride: int = 1) -> Sequential:
    """A block of ResNet and its ReLU; without a shortcut where the shape stays."""
    body = Sequential(
        Conv2d(channels, width, 3, stride=stride, padding=1, bias=False), BatchNorm(width), ReLU(),
        Conv2d(width, width, 3, padding=1, bias=False), BatchNorm(width),
    )  # fmt: skip
    if (channels, stride) == (width, 1):
        return Sequential(Residual(body), ReLU())
    shortcut = Sequential(Conv2d(channels, width, 1, stride=stride), BatchNorm(width))
    return Sequential(Residual(body, shortcut), ReLU())


def both(model: Sequential, x: Array) -> list[dict[str, Array]]:
    """All that learning and predicting give, as one run and layer by layer."""
    assert fusion.find(model.layers, 0, x) is not None
    dy = np.random.default_rng(1).standard_normal(model(x).shape, np.float32)
    results = []
    for how in (nullcontext(), fusion.off()):
        mine = copy.deepcopy(model)
        with how:
            results.append(learn(mine, x, dy) | mine.state() | {"predicted": mine(x)})
    return results


@given(
    size=st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6)),
    channels=st.integers(1, 4),
    width=st.integers(1, 4),
    stride=st.integers(1, 2),
    seed=st.integers(0, 2**32),
)
def test_a_block_agrees_to_the_last_bit(size, channels, width, stride, seed):
    assume(size[0] * -(-size[1] // stride) * -(-size[2] // stride) > 1)
    x = np.random.default_rng(seed).standard_normal((*size, channels), np.float32)
    assert_equal(*both(block(channels, width, stride).init(seed % 100), x))


def test_a_body_of_a_norm_alone(rng):
    x = rng.standard_normal((6, 3), np.float32)
    for shortcut in (None, Sequential()):
        assert_equal(
            *both(Sequential(Residual(Sequential(BatchNorm(3)), shortcut), ReLU()).init(), x)
        )


def test_what_was_kept_is_let_go_before_the_body_goes_back(rng):
    class Noting(Conv2d):
        def backward(self, dy, x):
            alive.append(kept() is not None)
            return super().backward(dy, x)

    body = Sequential(Noting(3, 3, 1), BatchNorm(3))
    model = Sequential(Residual(body), ReLU()).init(0)
    x = rng.standard_normal((2, 4, 4, 3), np.float32)
    y, caches = model.forward(x)
    kept, alive = weakref.ref(caches[-1].cache[-1][1]), []
    model.backward(y, caches)
    assert alive == [False]
