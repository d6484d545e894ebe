"""Every number of the two classic circuits, worked out by hand."""

from __future__ import annotations

import math

import pytest

from chainrule.circuit import EXAMPLES, report_c, report_e


def test_sum_times_z():
    """q = -2 + 5 = 3, f = 3 · (-4) = -12; df/dq = z = -4 goes on to x and y, df/dz = q = 3."""
    circuit = report_c()
    values = {circuit.name(node): (node.value, node.grad) for node in circuit.nodes}
    assert values == {
        "x": (-2, -4), "y": (5, -4), "z": (-4, 3), "q": (3, -4), "f": (-12, 1),
    }  # fmt: skip
    assert circuit["q"].local == (1, 1)
    assert circuit["f"].local == (-4, 3)


NEURON = {  # value and gradient, to the two decimals of the course's figure
    "w0": (2, -0.20), "x0": (-1, 0.39), "w1": (-3, -0.39), "x1": (-2, -0.59), "w2": (-3, 0.20),
    "g1": (-2, 0.20), "g2": (6, 0.20), "g3": (4, 0.20), "s": (1, 0.20),
    "g4": (-1, -0.20), "g5": (0.37, -0.53), "g6": (1.37, -0.53), "f": (0.73, 1),
}  # fmt: skip


def test_neuron_to_two_decimals():
    circuit = report_e()
    seen = {circuit.name(n): (round(n.value, 2), round(n.grad, 2)) for n in circuit.nodes}
    assert seen == NEURON


def test_neuron_exactly():
    """The last four gates are a sigmoid: their slope is f (1 - f), with f = 1 / (1 + 1/e)."""
    circuit = report_e()
    f = 1 / (1 + math.exp(-1))
    slope = f * (1 - f)
    assert circuit["f"].value == pytest.approx(f, rel=1e-15)
    exact = {"w0": -slope, "x0": 2 * slope, "w1": -2 * slope, "x1": -3 * slope, "w2": slope}
    assert {x.name: x.grad for x in circuit.inputs} == pytest.approx(exact, rel=1e-14)
    assert circuit["g6"].grad == pytest.approx(-1 / (1 + math.exp(-1)) ** 2, rel=1e-14)
    assert circuit["g5"].local == (math.exp(-1),)


def test_every_example_passes_the_numeric_check():
    for make in EXAMPLES.values():
        assert make().check().ok
