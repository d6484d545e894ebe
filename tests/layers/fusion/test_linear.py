from __future__ import annotations

import copy

import numpy as np
import pytest

from chainrule.layers import (
    BatchNorm,
    Dropout,
    Linear,
    ReLU,
    Sequential,
    fusion,
    named_arrays,
    named_parameters,
)
from chainrule.layers.fused import FusedCache
from chainrule.layers.fusion.linear import LARGE, LinearNormReLU, LinearNormReLUDropout


def net(rate: float = 0.2, frozen: bool = False) -> Sequential:
    layers = [Linear(12, 16), BatchNorm(16), ReLU(), *([Dropout(rate)] if rate else [])]
    return Sequential(*layers, Linear(16, 9), BatchNorm(9, frozen=frozen), ReLU()).init(0)


def fused(caches: list) -> list[type[fusion.FusedLayers]]:
    return [cache.kind for cache in caches if isinstance(cache, FusedCache)]


def learn(model, x, dy):
    y, caches = model.forward(x)
    kinds = fused(caches)
    dx = model.backward(dy, caches)
    return [y, dx, *(p.grad for _, p in named_parameters(model))], kinds


def running(model):
    return [node.value for _, node in named_arrays(model)]


@pytest.mark.parametrize("n", [2, 7, 300])
@pytest.mark.parametrize("rate", [0.0, 0.2])
def test_agrees_with_the_plain_layers(n, rate, rng):
    x, dy = rng.standard_normal((n, 12), np.float32), rng.standard_normal((n, 9), np.float32)
    model, plain = net(rate), net(rate)
    for _ in range(2):  # the second mask, and running statistics that have moved
        got, kinds = learn(model, x, dy)
        with fusion.off():
            expected, none = learn(plain, x, dy)
    assert kinds == [LinearNormReLUDropout if rate else LinearNormReLU, LinearNormReLU]
    assert none == []
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)
    for one, other in zip(running(model), running(plain), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    with fusion.off():
        apart = model(x)
    np.testing.assert_allclose(model(x), apart, rtol=1e-5, atol=1e-5)


def test_two_forwards_then_two_backwards(rng):
    x, dy = rng.standard_normal((2, 5, 12), np.float32), rng.standard_normal((2, 5, 9), np.float32)
    model, plain = net(), net()
    caches = [model.forward(part)[1] for part in x]
    dxs = [model.backward(dy[i], caches[i]) for i in (1, 0)]
    with fusion.off():
        caches = [plain.forward(part)[1] for part in x]
        expected = [plain.backward(dy[i], caches[i]) for i in (1, 0)]
    np.testing.assert_allclose(dxs, expected, rtol=1e-4, atol=1e-4)
    for (_, one), (_, other) in zip(named_parameters(model), named_parameters(plain), strict=True):
        np.testing.assert_allclose(one.grad, other.grad, rtol=1e-4, atol=1e-4)


def test_a_run_that_begins_the_model_has_no_dx_to_compute(rng):
    x, dy = rng.standard_normal((5, 12), np.float32), rng.standard_normal((5, 9), np.float32)
    model, other = net(), net()
    model.backward_parameters(dy, model.forward(x)[1])
    other.backward(dy, other.forward(x)[1])
    for (_, one), (_, two) in zip(named_parameters(model), named_parameters(other), strict=True):
        np.testing.assert_array_equal(one.grad, two.grad)


def test_writes_into_nothing_that_is_not_its_own(rng):
    x, dy = rng.standard_normal((5, 12), np.float32), rng.standard_normal((5, 9), np.float32)
    model = net()
    kept = [copy.deepcopy(a) for a in (x, dy)]
    x.flags.writeable = dy.flags.writeable = False
    learn(model, x, dy)
    model(x)
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(dy, kept[1])


@pytest.mark.parametrize(
    ("case", "left"),
    [
        ("frozen", [LinearNormReLUDropout]),
        ("float64", []),
        ("large", []),
        ("subclass", [LinearNormReLU]),
    ],
)
def test_leaves_to_the_plain_layers_what_it_does_not_know(case, left, rng):
    class Own(Dropout):
        pass

    model, rows, dtype = net(frozen=case == "frozen"), 5, np.float32
    if case == "float64":
        model, dtype = model.astype(np.float64), np.float64
    elif case == "large":
        rows = LARGE // 9 + 1
    elif case == "subclass":
        model.layers[3] = Own(0.2).init(0)
    x = rng.standard_normal((rows, 12)).astype(dtype)
    _, caches = model.forward(x)
    kinds = [kind for kind in fused(caches) if issubclass(kind, LinearNormReLU)]
    assert kinds == (left * 2 if case == "subclass" else left)
