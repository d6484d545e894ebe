from __future__ import annotations

import math

import pytest

from chainrule.circuit import (
    Gate,
    apply,
    copy,
    exp,
    inputs,
    log,
    maximum,
    minimum,
    reciprocal,
    relu,
    sigmoid,
    sqrt,
    square,
    tanh,
)
from chainrule.errors import InputError

E, T = math.e, math.tanh(2)
S = 1 / (1 + math.exp(-2))


@pytest.mark.parametrize(
    ("function", "value", "slope"),
    [
        (copy, 2, 1),
        (exp, E**2, E**2),
        (log, math.log(2), 0.5),
        (reciprocal, 0.5, -0.25),
        (square, 4, 4),
        (sqrt, math.sqrt(2), 1 / math.sqrt(8)),
        (sigmoid, S, S * (1 - S)),
        (tanh, T, 1 - T**2),
        (relu, 2, 1),
        (lambda x: relu(-x), 0, 0),
        (lambda x: maximum(x, 1), 2, 1),
        (lambda x: maximum(3, x), 3, 0),
        (lambda x: minimum(x, 1), 1, 0),
        (lambda x: minimum(3, x), 2, 1),
        (lambda x: maximum(x, x), 2, 1),
    ],
)
def test_value_and_slope_at_two(function, value, slope):
    (x,) = inputs(x=2)
    f = function(x)
    f.backward()
    assert f.value == pytest.approx(value, rel=1e-14)
    assert x.grad == pytest.approx(slope, rel=1e-14)


def test_sigmoid_far_out_neither_overflows_nor_warns():
    (x,) = inputs(x=-1000)
    f = sigmoid(x)
    f.backward()
    assert (f.value, x.grad) == (0, 0)
    assert f.forward(x=1000) == 1


def test_the_first_of_equal_inputs_wins():
    x, y, z = inputs(x=1, y=2, z=2)
    maximum(x, y, z).backward()
    assert (x.grad, y.grad, z.grad) == (0, 1, 0)
    minimum(z, y).backward()
    assert (z.grad, y.grad) == (1, 0)


def test_inputs_need_names_and_numbers():
    with pytest.raises(InputError, match="expected names with numbers"):
        inputs()
    with pytest.raises(InputError, match="y: expected a number, received 'a'"):
        inputs(x=1, y="a")


def test_a_gate_of_ones_own_must_give_a_slope_for_each_input():
    class Lazy(Gate):
        arity = 2

        def forward(self, x, y):
            return x + y

        def local(self, f, x, y):
            return (1.0,)

    f = apply(Lazy(), *inputs(x=1, y=2))
    with pytest.raises(InputError, match=r"Lazy\.local: expected one slope for each of the 2"):
        f.backward()
