"""What makes a drawing readable, held for every circuit: nothing lies on anything else."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from itertools import combinations

import pytest
from hypothesis import given

from chainrule.circuit import Gate, Value, apply, inputs, maximum, report_c, report_e
from chainrule.circuit.drawing import draw
from chainrule.circuit.drawing.compose import compose
from chainrule.circuit.drawing.svg import Box
from chainrule.errors import InputError

from ..circuits import circuits

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return ["".join(t.itertext()) for t in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def points(wire):
    """The wire as small boxes along it."""
    (x1, y1), (x2, y2) = wire.bend, wire.straight
    path = [(wire.start[0] + (x1 - wire.start[0]) * i / 20, y1) for i in range(21)]
    path += [(x2 + (wire.end[0] - x2) * i / 20, y2) for i in range(21)]
    middle = (x1 + x2) / 2
    for i in range(33):
        t = i / 32
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        path.append((a * x1 + (b + c) * middle + d * x2, (a + b) * y1 + (c + d) * y2))
    return [(x, y, Box(x - 0.8, y - 0.8, x + 0.8, y + 0.8)) for x, y in path]


def check_that_nothing_overlaps(scene):
    labels = [label.box for label in scene.labels]
    gates = [pill.box for pill in scene.pills]
    for a, b in combinations([*labels, *gates], 2):
        assert not a.meets(b), (a, b)
    for wire in scene.wires:
        for x, y, dot in points(wire):
            assert not any(dot.meets(label) for label in labels)
            for gate in gates:
                own = (x, y) == wire.end or (wire.straight[0] < x and wire.end[0] <= gate.right)
                inside = dot.meets(gate) and x > gate.left + 1 and x < gate.right - 1
                assert not inside or (own and gate.left < wire.end[0])
    for box in [*labels, *gates]:
        assert box.left > 0
        assert box.top > 0
        assert box.right < scene.width
        assert box.bottom < scene.height - 30, "the legend's place"


@given(circuits(most=25, inputs=8))
def test_nothing_overlaps(circuit):
    circuit.backward()
    check_that_nothing_overlaps(compose(circuit, 3, "A title"))


@pytest.mark.parametrize("make", [report_c, report_e])
def test_nothing_overlaps_in_the_examples(make):
    check_that_nothing_overlaps(compose(make(), 3, ""))


def test_wide_and_deep_circuits_are_drawn():
    xs = inputs(**{f"x{i}": i / 7 for i in range(40)})
    layer = list(xs)
    while len(layer) > 1:
        layer = [sum(layer[i : i + 2]) for i in range(0, len(layer), 2)]
    check_that_nothing_overlaps(compose(layer[0].circuit(), 3, ""))
    f = xs[0]
    for x in (*xs[:10], *xs[:10]):
        f = f * x + 1
    f.backward()
    check_that_nothing_overlaps(compose(f.circuit(), 3, ""))


def test_many_inputs_make_a_taller_gate():
    xs = inputs(**{f"x{i}": i for i in range(7)})
    f = maximum(*xs) + xs[0] + xs[5]
    f.backward()
    check_that_nothing_overlaps(compose(f.circuit(), 3, ""))


def test_values_and_gradients_of_the_first_example():
    svg = report_c().svg()
    found = texts(svg)
    for text in ("x", "y", "z", "q", "f", "+", "×", "−2", "5", "−4", "−12", "3", "1"):
        assert text in found
    green = re.findall(r'fill="#15803d">([^<]*)</text>', svg)
    red = re.findall(r'fill="#c01f1f">([^<]*)</text>', svg)
    assert sorted(green) == sorted(["−2", "5", "−4", "3", "−12"])
    assert sorted(red) == sorted(["−4", "−4", "3", "−4", "1"])


def test_before_backward_there_are_no_gradients():
    x, y = inputs(x=1, y=2)
    svg = (x * y).circuit().svg()
    assert "gradient" not in svg
    assert "#c01f1f" not in svg


def test_a_fan_out_shows_each_part_and_the_sum():
    (x,) = inputs(x=3)
    f = x * x
    f.backward()
    svg = f.circuit().svg()
    assert svg.count("<circle") == 1, "the fork"
    assert sorted(re.findall(r'fill="#c01f1f">([^<]*)</text>', svg)) == ["1", "3", "3", "6"]


def test_drawing_is_deterministic_and_self_contained():
    assert report_e().svg() == report_e().svg()
    assert "href" not in report_e().svg()
    assert 'fill="#ffffff"' in report_e().svg(), "its own paper"


def test_strange_names_are_escaped():
    class Strange(Gate):
        symbol = "<&>"

        def forward(self, x):
            return x

        def local(self, f, x):
            return (1.0,)

    f = apply(Strange(), Value("a<b>&\"'", 1)).named("重み")
    svg = draw(f.circuit(), title="<script>")
    assert {"a<b>&\"'", "<&>", "重み", "<script>"} <= set(texts(svg))


def test_numbers_below_the_line():
    x_1, w12 = inputs(x_1=1, w12=2)
    svg = (x_1 * w12).circuit().svg()
    assert re.findall(r">(\w)<tspan[^>]*>(\d+)</tspan>", svg) == [("x", "1"), ("w", "12")]


@pytest.mark.parametrize("digits", [0, 18, 2.5])
def test_digits_out_of_range(digits):
    with pytest.raises(InputError, match="digits: expected 1 to 17"):
        report_c().svg(digits=digits)


def test_title_of_two_lines():
    with pytest.raises(InputError, match="title: expected one line"):
        report_c().svg(title="a\nb")
