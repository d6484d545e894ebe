from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from chainrule.circuit import Value, inputs, log, maximum, sqrt
from chainrule.errors import InputError


def test_nodes_come_after_what_they_are_made_from():
    x, y = inputs(x=1, y=2)
    q = x * y
    circuit = (q + maximum(q, x, 0)).circuit()
    for i, node in enumerate(circuit.nodes):
        assert all(circuit.nodes.index(part) < i for part in node.inputs)
    assert circuit.inputs == (x, y)
    assert [circuit.name(node) for node in circuit.nodes] == ["x", "y", "0", "g1", "g2", "g3"]


def test_new_inputs_flow_through():
    x, y = inputs(x=1, y=2)
    f = (x + y) * y
    f.backward()
    assert f.forward(x=3) == 10
    assert x.value == 3
    assert x.grad is None, "gradients of other values are not kept"
    y.value = 1
    f.backward()
    assert (f.value, x.grad, y.grad) == (4, 1, 5)


def test_backward_twice_does_not_double():
    (x,) = inputs(x=3)
    f = x * x + x
    f.backward()
    f.backward()
    assert x.grad == 7


def test_circuits_share_parts():
    x, y = inputs(x=2, y=3)
    q = x * y
    f, g = q + x, q * q
    f.backward()
    assert (x.grad, y.grad) == (4, 2)
    g.backward()
    assert (x.grad, y.grad) == (36, 24)


def test_a_bare_input_is_a_circuit():
    (x,) = inputs(x=2)
    x.backward()
    assert x.grad == 1
    assert x.check().ok


def test_circuits_may_be_deep():
    (x,) = inputs(x=1)
    f = x
    for _ in range(5000):
        f = f + 0.001
    f.backward()
    assert x.grad == 1


def test_values_are_found_by_name():
    x, y = inputs(x=2, y=3)
    circuit = ((x * y).named("product") + 1).circuit()
    assert circuit["product"].value == 6
    assert circuit["g1"] is circuit.output
    assert [node.name for node in circuit] == ["x", "y", "product", ""]
    with pytest.raises(InputError, match="no value called 'produkt'; did you mean 'product'"):
        circuit["produkt"]
    with pytest.raises(InputError, match="no input 'product'"):
        circuit.forward(product=3)


def test_names_given_are_not_given_again():
    x, g1 = inputs(x=2, g1=3)
    circuit = (x * g1 + x).circuit()
    assert [circuit.name(node) for node in circuit.gates] == ["g2", "g3"]
    with pytest.raises(InputError, match="two different values of this circuit are called 'x'"):
        (x + Value("x", 1)).backward()
    with pytest.raises(InputError, match="two different values"):
        (x * g1).named("x").circuit()


def test_a_failed_forward_changes_nothing():
    x, y = inputs(x=2, y=1)
    f = (y * log(x)).named("f")
    f.backward()
    before = [(node.value, node.grad) for node in f.circuit().nodes]
    for wrong in ({"y": 5, "x": -1}, {"y": 5, "z": 1}, {"y": 5, "x": "a"}):
        with pytest.raises(InputError):
            f.forward(**wrong)
        assert [(node.value, node.grad) for node in f.circuit().nodes] == before


def test_a_failed_backward_leaves_no_half_of_the_gradients():
    (x,) = inputs(x=0)
    f = sqrt(x) * 2
    with pytest.raises(InputError, match="no finite slope"):
        f.backward()
    assert f.grad is None


def test_save_writes_the_drawing(tmp_path):
    x, y = inputs(x=2, y=1)
    circuit = (x * y).circuit()
    path = tmp_path / "f.svg"
    circuit.save(path, title="x < y")
    assert path.read_text(encoding="utf-8") == circuit.svg(title="x < y")
    ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert circuit._repr_svg_() == circuit.svg()
    with pytest.raises(InputError, match=r"give a name that ends in \.svg"):
        circuit.save(tmp_path / "f.png")
    with pytest.raises(InputError, match="cannot write"):
        circuit.save(tmp_path / "missing" / "f.svg")
    assert [p.name for p in tmp_path.iterdir()] == ["f.svg"]


def test_table_before_backward():
    x, y = inputs(x=-2, y=0.5)
    text = str((maximum(x, 0) - 2 * y).named("f").circuit())
    assert text == (
        "name  gate       value  gradient  sends back: local × upstream\n"
        "x                   -2         -\n"
        "0                    0         -\n"
        "y                  0.5         -\n"
        "g1    max(x, 0)      0         -\n"
        "g2    2 × y          1         -\n"
        "f     g1 - g2       -1         -"
    )


def test_table_shows_local_times_upstream():
    x, y = inputs(x=-2, y=0.5)
    f = x / y
    f.backward()
    assert str(f.circuit()).splitlines()[3:] == [
        "g1    x / y     -4         1  x: 2 × 1 = 2",
        "                              y: 8 × 1 = 8",
    ]


def test_table_says_when_its_values_are_old():
    x, y = inputs(x=-2, y=0.5)
    f = x / y
    x.value = 3
    assert f.circuit().stale
    assert str(f.circuit()).endswith(
        "(an input was set since: forward() brings the values up to date)"
    )
    f.forward()
    assert not f.circuit().stale
    assert "forward()" not in str(f.circuit())
    y.value = 0
    assert f.circuit().stale, "also where there is no value any more"
