from __future__ import annotations

from chainrule import layers as L
from chainrule.interop.assembly import assemble


def test_a_chain_is_sequential_and_what_is_not_needed_is_left_out() -> None:
    nodes = {
        "a": (L.ReLU(), ("input",)),
        "dead": (L.Tanh(), ("a",)),
        "b": (L.Sigmoid(), ("a",)),
    }
    assert repr(assemble(nodes, "b")) == repr(L.Sequential(L.ReLU(), L.Sigmoid()))
    assert repr(assemble(nodes, "input")) == repr(L.Sequential())


def test_a_sum_with_what_went_in_is_residual() -> None:
    nodes = {
        "a": (L.ReLU(), ("input",)),
        "b": (L.Tanh(), ("a",)),
        "sum": (L.Add(), ("a", "b")),
        "c": (L.Tanh(), ("sum",)),
    }
    expected = L.Sequential(L.ReLU(), L.Residual(L.Tanh()), L.Tanh())
    assert repr(assemble(nodes, "c")) == repr(expected)


def test_blocks_in_blocks() -> None:
    nodes = {
        "a": (L.ReLU(), ("input",)),
        "b": (L.Add(), ("a", "input")),
        "c": (L.Tanh(), ("input",)),
        "d": (L.Concat(), ("b", "c", "input")),
        "e": (L.Multiply(), ("d", "d")),
    }
    inner = L.Parallel(L.Residual(L.ReLU()), L.Tanh(), L.Sequential(), merge=L.Concat())
    expected = L.Sequential(inner, L.Parallel(L.Sequential(), L.Sequential(), merge=L.Multiply()))
    assert repr(assemble(nodes, "e")) == repr(expected)


def test_what_is_read_inside_of_a_block_makes_a_graph_of_chains() -> None:
    nodes = {
        "a": (L.ReLU(), ("input",)),
        "b": (L.Tanh(), ("a",)),
        "c": (L.Sigmoid(), ("b",)),
        "d": (L.ReLU6(), ("c",)),
        "e": (L.Add(), ("b", "d")),
        "f": (L.Concat(), ("e", "c")),
        "g": (L.SiLU(), ("f",)),
    }
    made = assemble(nodes, "g")
    assert isinstance(made, L.Graph) and made.output == "g"
    assert {name: layer[1:] for name, layer in made.nodes.items()} == {
        "b": ("input",), "c": ("b",), "d": ("c",), "e": ("b", "d"), "f": ("e", "c"), "g": ("f",),
    }  # fmt: skip
