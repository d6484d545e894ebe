from __future__ import annotations

import numpy as np
import pytest

from chainrule import penalties
from chainrule.errors import InputError
from chainrule.gradient_check import gradcheck
from chainrule.layers import BatchNorm, Linear, Sequential, named_parameters
from chainrule.penalties import L1, L2, Penalty, Sum

from .contract import public

PENALTIES = [L1(0.3), L2(0.3), Sum((L1(0.2), L2(0.3)))]


def test_every_public_penalty_is_in_the_table():
    assert public(penalties, Penalty) == {type(penalty) for penalty in PENALTIES}


@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
def test_leaves_biases_scales_and_shifts_alone_and_keeps_the_dtype(penalty):
    model = Sequential(Linear(4, 3), BatchNorm(3)).init(0)
    assert type(penalty(named_parameters(model))) is float
    grads = {path: parameter.grad for path, parameter in named_parameters(model)}
    assert {path for path, grad in grads.items() if grad is not None} == {"layers.0.weight"}
    assert grads["layers.0.weight"].dtype == np.float32


def test_l2_by_hand():
    layer = Linear(2, 2).init()
    layer.weight.value = np.array([[1, 2], [3, 4]], np.float32)
    layer.weight.accumulate(np.ones((2, 2), np.float32))
    assert L2(0.5)(named_parameters(layer)) == 0.25 * 30
    np.testing.assert_array_equal(layer.weight.grad, [[1.5, 2], [2.5, 3]])


def test_l2_adds_its_gradient_to_that_of_the_data(rng):
    model = Linear(4, 3).init(0)
    x, labels = rng.standard_normal((5, 4)), rng.integers(3, size=5)
    plain, penalized = (gradcheck(model, x, labels, reg=reg, samples=None) for reg in (0, 2.0))
    half_square = 0.5 * float((model.weight.value.astype(np.float64) ** 2).sum())
    assert penalized.value == pytest.approx(plain.value + 2 * half_square)


def test_l1_by_hand_and_zero_at_zero():
    layer = Linear(2, 2).init()
    layer.weight.value = np.array([[1, -2], [0, 4]], np.float32)
    layer.weight.accumulate(np.ones((2, 2), np.float32))
    assert L1(0.5)(named_parameters(layer)) == 0.5 * 7
    np.testing.assert_array_equal(layer.weight.grad, [[1.5, 0.5], [1, 1.5]])


@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
def test_gradient_is_the_slope_of_the_penalty(penalty, rng):
    layer = Linear(3, 4).init(0).astype(np.float64)
    penalty(named_parameters(layer))
    direction, h = rng.standard_normal((3, 4)), 1e-6
    slope = float((layer.weight.grad * direction).sum())
    start, values = layer.weight.value, []
    for sign in (1, -1):
        layer.weight.value = start + sign * h * direction
        values.append(penalty(named_parameters(layer)))
    assert slope == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-6)


@pytest.mark.parametrize("kind", [L1, L2])
@pytest.mark.parametrize("reg", [-1, float("nan"), "much"])
def test_a_reg_that_cannot_be_is_refused(kind, reg):
    with pytest.raises(InputError, match=f"reg: expected 0 or more, received {reg!r}"):
        kind(reg)


def test_penalties_add_up_with_their_gradients():
    layer = Linear(2, 2).init()
    layer.weight.value = np.array([[1, -2], [3, 0]], np.float32)
    assert Sum((L2(0.5), L1(2.0)))(named_parameters(layer)) == 0.25 * 14 + 2 * 6
    np.testing.assert_array_equal(layer.weight.grad, [[2.5, -3], [3.5, 0]])
