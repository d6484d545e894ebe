from __future__ import annotations

import math

import pytest
from hypothesis import given

from chainrule.circuit import Gate, apply, exp, inputs, log, maximum, relu, sqrt, tanh
from chainrule.circuit.check import compare, compare_slope
from chainrule.errors import CheckFailed, InputError

from .circuits import circuits


@given(circuits())
def test_every_circuit_passes(circuit):
    before = [node.value for node in circuit.nodes]
    assert circuit.check().ok
    assert [node.value for node in circuit.nodes] == before


class WrongSquare(Gate):
    """A planted mistake: the 2 is missing."""

    def forward(self, x):
        return x * x

    def local(self, f, x):
        return (x,)


def test_a_wrong_slope_is_found_and_named():
    x, y = inputs(x=3, y=1)
    f = apply(WrongSquare(), x) + y
    with pytest.raises(CheckFailed, match="x: gradient 3, central difference 6") as caught:
        f.check()
    assert "y:" not in str(caught.value)
    result = f.circuit().check(raise_on_failure=False)
    assert [row.verdict for row in result.rows] == ["WRONG", "ok"]


def test_ties_are_kinks_and_say_their_convention():
    x, y = inputs(x=1, y=1)
    result = maximum(x, y).check()
    assert (x.grad, y.grad) == (1, 0)
    assert [row.verdict for row in result.rows] == ["kink", "kink"]
    assert result.kinks == ("g1 = max(x, y): a tie: the first of the largest inputs wins",)
    assert "the first of the largest inputs wins" in str(result)


def test_a_kink_near_by_is_not_a_mistake():
    (x,) = inputs(x=1e-7)
    assert relu(x).check().rows[0].kink
    (x,) = inputs(x=0)
    assert relu(x).check().kinks == ("g1 = relu(x): at 0 the slope is taken as 0",)


def test_the_nudge_stays_where_the_gates_are_defined():
    (x,) = inputs(x=1e-6)
    assert log(x).check().ok
    (x,) = inputs(x=700)
    assert exp(x).check().ok


class Edge(Gate):
    """x √x: its slope at 0 is 0, and below it is not defined."""

    def forward(self, x):
        return x * math.sqrt(x)

    def local(self, f, x):
        return (1.5 * math.sqrt(x),)


def test_an_input_that_cannot_be_nudged_both_ways_is_named():
    (x,) = inputs(x=0)
    with pytest.raises(InputError, match="x = 0: it cannot be nudged both ways"):
        apply(Edge(), x).check()


@given(circuits())
def test_every_value_inside_can_be_compared(circuit):
    circuit.backward()
    for node in circuit.nodes:
        row = compare(circuit, node)
        assert row.ok and row.analytic == node.grad and row.name == circuit.name(node)


def test_a_value_inside_is_nudged_past_the_gate_that_made_it():
    x, y = inputs(x=2, y=3)
    q = x * y
    f = q * q
    f.backward()
    row = compare(f.circuit(), q)
    assert (row.analytic, round(row.numeric, 6)) == (12, 12)


def test_the_slope_of_one_gate_is_compared_alone():
    x, y = inputs(x=2, y=3)
    q = x * y
    f = q * q
    f.backward()
    assert [round(compare_slope(q, port).numeric, 6) for port in (0, 1)] == [3, 2]
    assert [compare_slope(f, port).analytic for port in (0, 1)] == [6, 6]
    wrong = apply(WrongSquare(), x)
    assert compare_slope(wrong, 0).verdict == "WRONG"
    with pytest.raises(InputError, match="no finite slope"):
        compare_slope(sqrt(x - 2), 0)


@pytest.mark.parametrize("x", [1e-14, -1e-14, 1e-9, 1e-100])
def test_a_pole_near_by_is_not_a_mistake(x):
    (x,) = inputs(x=x)
    assert (1 / x).check().ok


def test_a_steep_slope_is_not_a_mistake():
    (x,) = inputs(x=0)
    assert tanh(x * 1e300).check().ok
    (x,) = inputs(x=3)
    result = apply(WrongSquare(), 1e12 * x).circuit().check(raise_on_failure=False)
    assert [row.verdict for row in result.rows] == ["WRONG"]
