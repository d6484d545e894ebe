from __future__ import annotations

import weakref
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import InputError, ShapeError
from chainrule.gradient_check import check_layer
from chainrule.layers import (
    Add,
    BatchNorm,
    Concat,
    Graph,
    Linear,
    Multiply,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Tanh,
    named_arrays,
    named_parameters,
)


def test_fan_out_sums_the_gradients_by_hand():
    """y = x·x + x, so dy/dx = 2x + 1."""
    graph = Graph({"square": (Multiply(), "input", "input"), "y": (Add(), "square", "input")})
    x = np.array([[3.0, -2.0]])
    y, caches = graph.forward(x)
    np.testing.assert_array_equal(y, [[12, 2]])
    np.testing.assert_array_equal(graph.backward(np.ones_like(x), caches), [[7, -3]])


def test_a_chain_is_a_sequence_and_a_bypass_is_a_residual(rng):
    x, dy = rng.standard_normal((2, 3, 4), np.float32)
    layers = Linear(4, 4), Tanh(), Linear(4, 4)
    a, b, c = layers
    chain = Graph({"a": (a, "input"), "b": (b, "a"), "c": (c, "b")})
    bypass = Graph({"a": (a, "input"), "b": (b, "a"), "c": (c, "b"), "y": (Add(), "c", "input")})
    body = Sequential(*layers).init(0)
    for graph, other in ((chain, body), (bypass, Residual(body))):
        (y, caches), (y_other, caches_other) = graph.forward(x), other.forward(x)
        np.testing.assert_array_equal(y, y_other)
        dx, dx_other = graph.backward(dy, caches), other.backward(dy, caches_other)
        np.testing.assert_allclose(dx, dx_other, rtol=1e-6)


def test_nodes_may_stand_in_any_order_and_any_may_be_the_output():
    nodes = {"c": (ReLU(), "b"), "a": (Linear(2, 3), "input"), "b": (Linear(3, 4), "a")}
    assert Graph(nodes, output="c").init()(np.zeros((5, 2), np.float32)).shape == (5, 4)
    with pytest.raises(InputError, match="node 'c' is not on the way to the output 'b'"):
        Graph(nodes)


def test_a_layer_at_two_nodes_is_one_set_of_parameters(rng):
    shared = Linear(3, 3)
    graph = Graph(
        {
            "a": (shared, "input"),
            "b": (Tanh(), "a"),
            "c": (shared, "b"),
            "y": (Add(), "a", "c"),
        }
    ).init(1)
    assert [path for path, _ in named_arrays(graph)] == ["layers.a.weight", "layers.a.bias"]
    assert check_layer(graph, rng.standard_normal((4, 3))).ok


def test_names_of_arrays_are_those_of_the_nodes():
    graph = Graph({"stem": (Linear(2, 2), "input"), "norm": (BatchNorm(2), "stem")})
    assert [path for path, _ in named_arrays(graph)] == [
        "layers.stem.weight",
        "layers.stem.bias",
        "layers.norm.gamma",
        "layers.norm.beta",
        "layers.norm.running_mean",
        "layers.norm.running_var",
    ]


def test_an_exchanged_layer_is_used_and_described():
    graph = Graph({"a": (ReLU(), "input"), "head": (Linear(2, 3), "a")})
    graph.layers["head"] = Linear(2, 7)
    assert graph.init()(np.zeros((1, 2), np.float32)).shape == (1, 7)
    assert "Linear(2, 7)" in repr(graph)
    assert graph.nodes["head"] == (graph.layers["head"], "a")


class Unwilling(ReLU):
    def backward(self, dy, cache):
        raise AssertionError("nobody asked for this gradient")


def test_without_dx_only_what_learns_is_run_backward(rng):
    """Nothing before the first parameters, and no branch without any."""
    graph = Graph(
        {
            "before": (Unwilling(), "input"),
            "idle": (Unwilling(), "before"),
            "learns": (Linear(3, 3), "before"),
            "y": (Add(), "idle", "learns"),
        }
    ).init()
    x = rng.standard_normal((2, 3), np.float32)
    y, caches = graph.forward(x)
    assert graph.backward_parameters(y, caches) is None
    np.testing.assert_allclose(graph.layers["learns"].weight.grad, x.clip(0).T @ y, rtol=1e-5)

    idle = Graph({"only": (Unwilling(), "input")})
    idle.backward_parameters(x, idle.forward(x)[1])


def test_values_and_caches_are_freed_as_they_are_spent(rng):
    class Noting(Linear):
        def forward(self, x):
            y, cache = super().forward(x)
            seen.append(weakref.ref(y))
            alive_forward.append(sum(ref() is not None for ref in seen))
            return y, cache

        def __call__(self, x):
            return self.forward(x)[0]

        def backward(self, dy, x):
            alive_backward.append(sum(ref() is not None for ref in seen))
            return super().backward(dy, x)

    seen: list[weakref.ref] = []
    alive_forward: list[int] = []
    alive_backward: list[int] = []
    names = ["input", "a", "b", "c", "d"]
    graph = Graph({name: (Noting(2, 2), before) for before, name in pairwise(names)}).init()
    x = rng.standard_normal((3, 2), np.float32)
    graph(x)
    assert alive_forward == [1, 2, 2, 2]  # only the one being read and the one being made
    seen.clear()
    y, caches = graph.forward(x)
    dy = y.copy()
    del y
    graph.backward(dy, caches)
    assert alive_backward == [3, 2, 1, 0]  # d's y is gone, and each Linear keeps its input
    assert caches == {}


def test_a_wrong_shape_names_the_node_and_the_way():
    graph = Graph(
        {
            "a": (Linear(4, 3), "input"),
            "off": (Linear(4, 2), "input"),
            "b": (ReLU(), "a"),
            "sum": (Add(), "a", "b"),
            "c": (Sequential(Linear(5, 2)), "sum"),
            "y": (Concat(), "c", "off"),
        }
    ).init()
    for verb in (graph, graph.forward):
        with pytest.raises(ShapeError) as caught:
            verb(np.zeros((2, 4), np.float32))
        message = str(caught.value)
        assert message.startswith("layers.c.layers.0: expected an input of shape (N, 5)")
        assert "input (2, 4) -> a: Linear(input) (2, 3) -> b: ReLU(a) (2, 3)" in message
        assert "sum: Add(a, b) (2, 3) -> c: Sequential(sum)\n" in message
        assert "off" not in message


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ({}, "nodes: expected one node or more"),
        ({"relu": (ReLU(), "inptu")}, "'relu' reads 'inptu', .* did you mean 'input'"),
        ({"conv": (ReLU(), "input"), "y": (ReLU(), "con")}, "did you mean 'conv'"),
        (
            {"a": (ReLU(), "b"), "b": (ReLU(), "a"), "y": (Add(), "a", "input")},
            "the nodes form a circle: (a -> b -> a|b -> a -> b)",
        ),
        ({"a": (ReLU(), "a")}, "circle: a -> a"),
        ({"a": (ReLU(), "input"), "y": (ReLU(), "input")}, "'a' is not on the way to .* 'y'"),
        ({"input": (ReLU(), "input")}, "a name is a word other than 'input'"),
        ({"a.b": (ReLU(), "input")}, "without a dot, received 'a.b'"),
        ({"": (ReLU(), "input")}, "a name is a word .* received ''"),
        ({3: (ReLU(), "input")}, "a name is a word .* received 3"),
        ({"a": ReLU()}, r"node 'a': expected \(layer, source, …\), received ReLU\(\)"),
        ({"a": (ReLU(),)}, r"node 'a': expected \(layer, source, …\)"),
        ({"a": (ReLU, "input")}, r"node 'a': .*write ReLU\(…\)"),
        ({"a": ("input", ReLU())}, "node 'a': expected a layer, received 'input'"),
        ({"a": (ReLU(), "input", "input")}, "'a': ReLU reads one, received 2; merge them"),
        ({"a": (Add(), "input")}, "'a': Add reads two or more, received 1"),
    ],
)
def test_what_is_no_graph_is_refused(nodes, message):
    with pytest.raises(InputError, match=message):
        Graph(nodes)


def test_an_unknown_output_is_refused():
    with pytest.raises(InputError, match="no node is named 'relo'; did you mean 'relu'"):
        Graph({"relu": (ReLU(), "input")}, output="relo")


def test_repr_shows_what_reads_what():
    graph = Graph({"y": (Add(), "act", "input"), "act": (Sequential(ReLU()), "input")}, output="y")
    assert repr(graph) == (
        "Graph(\n"
        "  y <- act, input: Add()\n"
        "  act <- input: Sequential(\n"
        "    0: ReLU()\n"
        "  )\n"
        "  output: 'y'\n"
        ")"
    )


# --- any graph at all ------------------------------------------------------------------------

WIDTH = 3
KINDS = [
    lambda: Linear(WIDTH, WIDTH), Tanh, Sigmoid, Add, Multiply,
    lambda: Sequential(Linear(WIDTH, WIDTH), Tanh()),
]  # fmt: skip


@st.composite
def graphs(draw) -> Graph:
    """Up to seven nodes that read any before them; what nobody reads goes into the output."""
    shared = Linear(WIDTH, WIDTH)
    names = ["input"]
    nodes = {}
    for i in range(draw(st.integers(1, 7))):
        layer = draw(st.sampled_from(KINDS))()
        if draw(st.booleans()) and isinstance(layer, Linear):
            layer = shared
        count = draw(st.integers(2, 3)) if isinstance(layer, (Add, Multiply)) else 1
        sources = draw(st.lists(st.sampled_from(names), min_size=count, max_size=count))
        nodes[f"n{i}"] = (layer, *sources)
        names.append(f"n{i}")
    read = {source for _, *sources in nodes.values() for source in sources}
    loose = [name for name in nodes if name not in read]
    nodes["y"] = (Concat(), *loose, "input")
    order = draw(st.permutations(list(nodes)))
    return Graph({name: nodes[name] for name in order}, output="y")


def by_recursion(graph: Graph, x, name: str):
    """The value of a node, straight from the definition."""
    if name == "input":
        return x
    layer, *sources = graph.nodes[name]
    return layer(*(by_recursion(graph, x, source) for source in sources))


@given(graph=graphs(), seed=st.integers(0, 2**32))
def test_any_graph_is_the_function_that_it_says_and_has_its_gradient(graph, seed):
    rng = np.random.default_rng(seed)
    graph.init(seed).astype(np.float64)
    x = rng.standard_normal((2, WIDTH))
    expected = by_recursion(graph, x, graph.output)
    np.testing.assert_array_equal(graph(x), expected)
    y, caches = graph.forward(x)
    np.testing.assert_array_equal(y, expected)

    dy = rng.standard_normal(y.shape)
    dy.flags.writeable = False
    dx = graph.backward(dy, caches)
    grads = [parameter.grad for _, parameter in named_parameters(graph)]
    graph.clear_grads()
    graph.backward_parameters(dy, graph.forward(x)[1])
    for (_, parameter), grad in zip(named_parameters(graph), grads, strict=True):
        np.testing.assert_array_equal(parameter.grad, grad)

    direction, h = rng.standard_normal(x.shape), 1e-5
    change = ((graph(x + h * direction) - graph(x - h * direction)) / (2 * h) * dy).sum()
    assert (dx * direction).sum() == pytest.approx(change, rel=1e-6, abs=1e-7)
    assert check_layer(graph, x, samples=1).ok
