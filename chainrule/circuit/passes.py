"""The two passes through a circuit, one gate at a time.

Each step is an event that has just happened: a lesson prints it, a playground draws it, and
whoever only wants the result lets the steps run out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..notation import typed
from .gates.base import term
from .numbers import show

if TYPE_CHECKING:
    from .graph import Circuit
    from .value import Value


@dataclass(frozen=True)
class ForwardStep:
    """A gate has computed ``value`` from the values of its inputs."""

    node: Value
    name: str
    value: float

    @typed
    def __str__(self) -> str:
        return f"{self.name} = {written(self.node)} = {show(self.value)}"


@dataclass(frozen=True)
class Flow:
    """What a gate sends back along one input: downstream = local × upstream."""

    input: Value
    name: str
    local: float
    upstream: float

    @property
    def downstream(self) -> float:
        return self.local * self.upstream

    @typed
    def __str__(self) -> str:
        product = f"{show(self.local)} × {term(show(self.upstream))}"
        return f"{self.name}: {product} = {show(self.downstream)}"


@dataclass(frozen=True)
class BackwardStep:
    """A node has its gradient and has sent it on.

    ``arrived`` are the gradients that came back, one from each use of the value (for the output
    of the circuit: 1); ``upstream`` is their sum. ``flows`` say what goes on to each input.
    """

    node: Value
    name: str
    arrived: tuple[float, ...]
    flows: tuple[Flow, ...]

    @property
    def upstream(self) -> float:
        return sum(self.arrived)

    @typed
    def __str__(self) -> str:
        total = show(self.upstream)
        if len(self.arrived) > 1:
            total = f"{' + '.join(term(show(g)) for g in self.arrived)} = {total}"
        sent = f" -> {'; '.join(map(str, self.flows))}" if self.flows else ""
        return f"{self.name} receives {total}{sent}"


def forward_steps(circuit: Circuit) -> Iterator[ForwardStep]:
    """Compute the gates in order. The old gradients belong to old values: they are cleared."""
    for node in circuit.nodes:
        node.grad = None
    for node in circuit.gates:
        node.compute()
        yield ForwardStep(node, circuit.name(node), node.value)


def backward_steps(circuit: Circuit) -> Iterator[BackwardStep]:
    """From the output back: each node comes after all that it went into, so its sum is whole."""
    arrived: dict[Value, list[float]] = {node: [] for node in circuit.nodes}
    arrived[circuit.output].append(1.0)
    for node in reversed(circuit.nodes):
        node.grad = sum(arrived[node])
        sent = flows(circuit, node)
        for flow in sent:
            arrived[flow.input].append(flow.downstream)
        yield BackwardStep(node, circuit.name(node), tuple(arrived[node]), sent)


def flows(circuit: Circuit, node: Value) -> tuple[Flow, ...]:
    """What a node whose gradient is known sends back, input by input."""
    upstream = node.grad or 0.0
    return tuple(
        Flow(x, circuit.name(x), local, upstream)
        for x, local in zip(node.inputs, node.local, strict=True)
    )


def written(node: Value) -> str:
    """A gate with the numbers that it works on: ``3 × (-4)``."""
    return node.gate.text(*(show(x.value) for x in node.inputs)) if node.gate else node.name
