"""Layers wired as a directed acyclic graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ..arrays import native
from ..errors import InputError, ShapeError, did_you_mean
from ..ranges import Name
from ..types import Array, Shape
from .base import Layer, learns
from .containers import expect_layer, shape_inside, tree
from .merge import Merge
from .operations import Operations

INPUT = "input"

Caches = dict[str, Any]


class Graph(Layer):
    """y = the value of node ``output``, where each node is a layer of other nodes' values

        Graph({
            "wide":  (Linear(4, 8), "input"),
            "act":   (ReLU(), "wide"),
            "sum":   (Add(), "wide", "act"),
            "logits": (Linear(8, 3), "sum"),
        })

    A node is a layer followed by the names that it reads; "input" is x. Nodes may stand in any
    order; the last one is the output unless ``output`` names another. Layers of several inputs
    are those of ``merge.py``. One layer at two nodes is one set of parameters.

    Backward visits the nodes in reverse order. A value that several nodes read has

        dL/dv = Σ over its readers of their gradient for it

    which is complete when its own node's turn comes.

    InputError for a name that is not there, a circle, a node that the output does not need, and
    a layer with the wrong number of inputs.

    x (N, …) is what the layers that read "input" take; ShapeError, naming the node, where one does
    not take what it is given.

    >>> import numpy as np
    >>> from chainrule.layers import Add, ReLU
    >>> graph = Graph({"act": (ReLU(), "input"), "sum": (Add(), "input", "act")})
    >>> y, cache = graph.forward(np.array([[-1.0, 2.0]]))
    >>> y.tolist(), graph.backward(np.ones_like(y), cache).tolist()
    ([[-1.0, 4.0]], [[1.0, 2.0]])
    """

    def __init__(
        self, nodes: Mapping[str, Sequence[Layer | str]], *, output: Name | None = None
    ) -> None:
        self.layers: dict[str, Layer] = {}
        self.sources: dict[str, tuple[str, ...]] = {}
        for name, node in nodes.items():
            self.layers[name], self.sources[name] = _node(name, node)
        if not self.layers:
            raise InputError("nodes: expected one node or more, received none")
        self.output = next(reversed(self.layers)) if output is None else output
        self._order = _ordered(self.sources, self.output)
        self._last_reader = {s: name for name in self._order for s in self.sources[name]}

    @property
    def nodes(self) -> dict[str, tuple[Layer | str, ...]]:
        """What the constructor takes, with the layers as they are now."""
        return {name: (layer, *self.sources[name]) for name, layer in self.layers.items()}

    def __call__(self, x: Array) -> Array:
        return self._run(x, None)

    def forward(self, x: Array) -> tuple[Array, Caches]:
        caches: Caches = {}
        return self._run(x, caches), caches

    def backward(self, dy: Array, caches: Caches) -> Array:
        grads = {self.output: native("dy", dy)}
        for name in reversed(self._order):
            dxs = self.layers[name].backward(grads.pop(name), caches.pop(name))
            self._pass_on(name, dxs, grads)
        return grads[INPUT]

    def backward_parameters(self, dy: Array, caches: Caches) -> None:
        """Leaves out the nodes at and before which there is nothing to learn."""
        learning: dict[str, bool] = {INPUT: False}
        for name in self._order:
            before = any(learning[source] for source in self.sources[name])
            learning[name] = before or learns(self.layers[name])
        grads = {self.output: native("dy", dy)} if learning[self.output] else {}
        for name in reversed(self._order):
            if not learning[name]:
                continue
            layer, d, cache = self.layers[name], grads.pop(name), caches.pop(name)
            if any(learning[source] for source in self.sources[name]):
                self._pass_on(name, layer.backward(d, cache), grads)
            else:
                layer.backward_parameters(d, cache)

    def _pass_on(self, name: str, dxs: Array | tuple[Array, ...], grads: dict[str, Array]) -> None:
        """Add a node's input gradients to those of its sources."""
        each = dxs if isinstance(dxs, tuple) else (dxs,)
        for source, dx in zip(self.sources[name], each, strict=True):
            # A new array, never +=: a layer may hand on one dx to several sources.
            grads[source] = grads[source] + dx if source in grads else dx

    def _run(self, x: Array, caches: Caches | None) -> Array:
        """Every node in order; a value is let go when its last reader has it."""
        x = native("x", x)
        values, shapes = {INPUT: x}, {INPUT: x.shape}
        for name in self._order:
            layer, sources = self.layers[name], self.sources[name]
            xs = [values[source] for source in sources]
            for source in sources:
                if self._last_reader[source] == name:
                    values.pop(source, None)
            try:
                if caches is None:
                    y = layer(*xs)
                else:
                    y, caches[name] = layer.forward(*xs)
            except ShapeError as error:
                raise error.inside(f"layers.{name}", self._route(name, shapes)) from None
            values[name], shapes[name] = y, y.shape
        return values[self.output]

    def _route(self, failed: str, shapes: dict[str, tuple[int, ...]]) -> str:
        """The way to the failing node: "input (2, 4) -> a: Linear(input) (2, 8) -> b: ReLU(a)"."""
        needed = {failed}
        for name in reversed(self._order):
            if name in needed:
                needed.update(self.sources[name])
        steps = [f"{INPUT} {shapes[INPUT]}"]
        for name in self._order:
            if name in needed:
                kind, sources = type(self.layers[name]).__name__, ", ".join(self.sources[name])
                shape = f" {shapes[name]}" if name in shapes else ""
                steps.append(f"{name}: {kind}({sources}){shape}")
        return f"\n  on the way: {' -> '.join(steps)}"

    def __repr__(self) -> str:
        parts: list[tuple[str, object]] = [
            (f"{name} <- {', '.join(self.sources[name])}", layer)
            for name, layer in self.layers.items()
        ]
        if self.output != next(reversed(self.layers)):
            parts.append(("output", self.output))
        return tree("Graph", parts)

    operations_per_element = Operations()

    def output_shape(self, x: Shape) -> Shape | None:
        shapes: dict[str, Shape | None] = {INPUT: x}
        for name in self._order:
            sources = [shapes[source] for source in self.sources[name]]
            shapes[name] = shape_inside(f"layers.{name}", self.layers[name], *sources)
        return shapes[self.output]


def _node(name: Any, node: Any) -> tuple[Layer, tuple[str, ...]]:
    """(layer, sources) of a node as the user wrote it."""
    if not isinstance(name, str) or not name or "." in name or name == INPUT:
        raise InputError(
            f"nodes: a name is a word other than {INPUT!r} and without a dot, received {name!r}"
        )
    if not isinstance(node, (tuple, list)) or len(node) < 2:
        raise InputError(f"node {name!r}: expected (layer, source, …), received {node!r}")
    layer, *sources = node
    expect_layer(f"node {name!r}", layer)
    if isinstance(layer, Merge) != (len(sources) > 1):
        kind, takes = type(layer).__name__, "two or more" if isinstance(layer, Merge) else "one"
        hint = "" if isinstance(layer, Merge) else "; merge them by Add() or Concat() first"
        raise InputError(f"node {name!r}: {kind} reads {takes}, received {len(sources)}{hint}")
    return layer, tuple(sources)


def _ordered(sources: dict[str, tuple[str, ...]], output: str) -> list[str]:
    """The nodes, each after all that it reads."""
    known = [*sources, INPUT]
    for name, reads in sources.items():
        for source in reads:
            if source not in known:
                hint = did_you_mean(str(source), known)
                raise InputError(f"node {name!r} reads {source!r}, which is no node{hint}")
    if output not in sources:
        raise InputError(f"output: no node is named {output!r}{did_you_mean(output, sources)}")
    try:
        order = [name for name in TopologicalSorter(sources).static_order() if name != INPUT]
    except CycleError as error:
        # Each node of the circle reads the one before it.
        raise InputError(f"the nodes form a circle: {' -> '.join(error.args[1])}") from None
    needed = {output}
    for name in reversed(order):
        if name in needed:
            needed.update(sources[name])
    for name in order:
        if name not in needed:
            raise InputError(
                f"node {name!r} is not on the way to the output {output!r}: "
                "leave it out, or let another node read it"
            )
    return order
