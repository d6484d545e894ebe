from __future__ import annotations

import pytest
from hypothesis import given

from chainrule.circuit import copy, inputs, report_c

from .circuits import SMOOTH, circuits


def test_forward_steps_compute_one_gate_each():
    circuit = report_c()
    circuit["x"].value = 1
    steps = circuit.forward_steps()
    assert str(next(steps)) == "q = 1 + 5 = 6"
    assert circuit["f"].value == -12, "not yet reached"
    assert str(next(steps)) == "f = 6 × (-4) = -24"
    assert circuit["f"].value == -24
    assert next(steps, None) is None


def test_backward_steps_fill_in_one_gradient_each():
    circuit = report_c()
    steps = circuit.backward_steps()
    assert circuit["f"].grad is None
    step = next(steps)
    assert (step.name, step.upstream, circuit["f"].grad) == ("f", 1, 1)
    assert [(flow.name, flow.local, flow.downstream) for flow in step.flows] == [
        ("q", -4, -4),
        ("z", 3, 3),
    ]
    assert circuit["q"].grad is None
    assert str(next(steps)) == "q receives -4 -> x: 1 × (-4) = -4; y: 1 × (-4) = -4"
    assert circuit["q"].grad == -4


@pytest.mark.parametrize("fan_out", [lambda x: x, copy])
def test_gradients_of_a_fan_out_sum(fan_out):
    (x,) = inputs(x=3)
    c = fan_out(x)
    f = c * c - 2 * c
    steps = {step.node: step for step in f.circuit().backward_steps()}
    assert sorted(steps[c].arrived) == [-2, 3, 3]
    assert steps[c].upstream == x.grad == 4
    assert "3 + 3 + (-2) = 4" in str(steps[c]) or "(-2) + 3 + 3 = 4" in str(steps[c])


@given(circuits(SMOOTH))
def test_gradients_equal_central_differences(circuit):
    """Without the library's own check: two evaluations and a quotient."""
    circuit.backward()
    slopes = {x.name: x.grad for x in circuit.inputs}
    scale = max(1.0, *(abs(node.value) for node in circuit.nodes))
    h = 1e-5
    for x in circuit.inputs:
        middle = x.value
        above, below = (
            circuit.forward(**{x.name: middle + h}),
            circuit.forward(**{x.name: middle - h}),
        )
        circuit.forward(**{x.name: middle})
        assert (above - below) / (2 * h) == pytest.approx(
            slopes[x.name], rel=1e-4, abs=1e-6 * scale**2
        )
