"""One contract for every gate: its slopes are the derivative of its forward."""

from __future__ import annotations

import inspect

import pytest

from chainrule.circuit import gates
from chainrule.errors import InputError

CASES = [
    (gates.Add(), (2, -3)),
    (gates.AddConstant(-1.5), (2,)),
    (gates.Copy(), (2,)),
    (gates.Divide(), (2, -3)),
    (gates.DivideBy(4.0), (2,)),
    (gates.Exp(), (0.7,)),
    (gates.Log(), (0.7,)),
    (gates.Max(), (2, -3, 1)),
    (gates.Min(), (2, -3, 1)),
    (gates.Multiply(), (2, -3)),
    (gates.Negate(), (2,)),
    (gates.Power(3.0), (-2,)),
    (gates.Power(-0.5), (2,)),
    (gates.ReLU(), (2,)),
    (gates.ReLU(), (-2,)),
    (gates.Reciprocal(), (-0.7,)),
    (gates.Scale(-3.0), (2,)),
    (gates.Sigmoid(), (-0.7,)),
    (gates.Sqrt(), (2,)),
    (gates.Square(), (-2,)),
    (gates.Subtract(), (2, -3)),
    (gates.Tanh(), (0.7,)),
]


def test_every_gate_is_in_the_table():
    public = {v for v in vars(gates).values() if inspect.isclass(v)} - {gates.Gate}
    assert {type(gate) for gate, _ in CASES} == public


@pytest.mark.parametrize(("gate", "x"), CASES, ids=lambda v: type(v).__name__)
def test_slopes_are_the_derivative(gate, x):
    f = gate.forward(*x)
    slopes = gate.local(f, *x)
    assert len(slopes) == len(x)
    h = 1e-6
    for i, slope in enumerate(slopes):
        above = gate.forward(*x[:i], x[i] + h, *x[i + 1 :])
        below = gate.forward(*x[:i], x[i] - h, *x[i + 1 :])
        assert (above - below) / (2 * h) == pytest.approx(slope, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize(("gate", "x"), CASES, ids=lambda v: type(v).__name__)
def test_every_gate_can_be_read(gate, x):
    names = ["a", "b", "c"][: len(x)]
    assert gate.symbol
    assert len(gate.symbol) <= 7
    assert all(name in gate.text(*names) for name in names)
    assert type(gate).__doc__.startswith("f = "), "the docstring opens with the equation"


@pytest.mark.parametrize(
    ("gate", "numbers", "text"),
    [
        (gates.Multiply(), ("3", "-4"), "3 × (-4)"),
        (gates.Exp(), ("-4",), "exp(-4)"),
        (gates.Square(), ("-4",), "(-4)²"),
        (gates.Negate(), ("-4",), "-1 × (-4)"),
        (gates.AddConstant(-2), ("-4",), "-4 - 2"),
        (gates.Power(3), ("x",), "x^3"),
    ],
)
def test_written_with_numbers(gate, numbers, text):
    assert gate.text(*numbers) == text


def test_symbols_of_gates_with_a_constant():
    assert [g.symbol for g in (gates.AddConstant(1), gates.AddConstant(-1), gates.Scale(0.5))] == [
        "+1", "-1", "×0.5",
    ]  # fmt: skip
    assert gates.Power(-3.5).symbol == "x⁻³·⁵"


def test_errors_name_the_gate_and_its_inputs():
    with pytest.raises(InputError, match=r"a / b with a = 1, b = 0: division by zero"):
        gates.Divide().evaluate([1, 0], ["a", "b"])
