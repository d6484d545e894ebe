"""The values behind a value, each after its inputs, and the two passes over them, gate by gate.

Each step is an event that has just happened: a lesson prints it, a playground draws it, and
whoever only wants the result lets the steps run out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, SupportsFloat

from ..errors import InputError, did_you_mean
from ..notation import typed
from .gates.base import term
from .numbers import show

if TYPE_CHECKING:
    from .value import Value

    Naming = Callable[[Value], str]


def behind(output: Value) -> tuple[Value, ...]:
    """``output`` and all that it was made from: inputs first, then gates, each after its inputs."""
    order: dict[Value, None] = {}  # a loop and no recursion: circuits can be deep
    stack = [(output, False)]
    while stack:
        node, inputs_done = stack.pop()
        if node in order:
            continue
        if inputs_done:
            order[node] = None
        else:
            stack.append((node, True))
            stack.extend((x, False) for x in reversed(node.inputs))
    return (*(x for x in order if x.gate is None), *(x for x in order if x.gate is not None))


def names(nodes: tuple[Value, ...]) -> dict[Value, str]:
    """A name for every node: its own, or g1, g2, … as far as those are free."""
    given: set[str] = set()
    for node in nodes:
        if node.name in given and not node.constant:
            raise InputError(
                f"two different values of this circuit are called {node.name!r}: "
                "give each a name of its own"
            )
        if node.name and not node.constant:
            given.add(node.name)
    numbers = (name for i in range(1, 2 * len(nodes) + 1) if (name := f"g{i}") not in given)
    return {node: node.name or next(numbers) for node in nodes}


def label(node: Value) -> str:
    return node.label


@dataclass(frozen=True, repr=False)
class ForwardStep:
    """A gate has computed ``value`` from the values of its inputs.

    >>> from chainrule.circuit import inputs
    >>> x, y = inputs(x=3, y=4)
    >>> [(step.name, step.value) for step in (x * y).circuit().forward_steps()]
    [('g1', 12.0)]
    """

    node: Value
    name: str
    value: float

    @typed
    def __str__(self) -> str:
        return f"{self.name} = {written(self.node)} = {show(self.value)}"

    __repr__ = __str__


@dataclass(frozen=True, repr=False)
class Flow:
    """What a gate sends back along one input: downstream = local × upstream.

    >>> from chainrule.circuit import inputs
    >>> x, y = inputs(x=3, y=4)
    >>> *_, flow = next((x * y).circuit().backward_steps()).flows
    >>> flow.name, flow.local, flow.upstream, flow.downstream
    ('y', 3.0, 1.0, 3.0)
    """

    input: Value
    name: str
    local: float
    upstream: float

    @property
    def downstream(self) -> float:
        """local × upstream"""
        return self.local * self.upstream

    @typed
    def __str__(self) -> str:
        product = f"{show(self.local)} × {term(show(self.upstream))}"
        return f"{self.name}: {product} = {show(self.downstream)}"

    __repr__ = __str__


@dataclass(frozen=True, repr=False)
class BackwardStep:
    """A node has its gradient and has sent it on.

    ``arrived`` are the gradients that came back, one from each use of the value (for the output
    of the circuit: 1); ``upstream`` is their sum. ``flows`` say what goes on to each input.

    >>> from chainrule.circuit import inputs
    >>> x, y = inputs(x=3, y=4)
    >>> *_, last = (x * y + x).circuit().backward_steps()
    >>> last.name, last.arrived, last.upstream
    ('x', (1.0, 4.0), 5.0)
    """

    node: Value
    name: str
    arrived: tuple[float, ...]
    flows: tuple[Flow, ...]

    @property
    def upstream(self) -> float:
        """Σ arrived"""
        return sum(self.arrived)

    @typed
    def __str__(self) -> str:
        total = show(self.upstream)
        if len(self.arrived) > 1:
            total = f"{' + '.join(term(show(g)) for g in self.arrived)} = {total}"
        sent = f" -> {'; '.join(map(str, self.flows))}" if self.flows else ""
        return f"{self.name} receives {total}{sent}"

    __repr__ = __str__


def forward(nodes: Sequence[Value], inputs: Mapping[str, SupportsFloat]) -> float:
    """Set the named inputs, recompute every gate of ``nodes``, and return the last one's value.

    InputError for an unknown name and where a gate is not defined; all is then as it was before.
    """
    before = [(node, node._value, node.grad) for node in nodes]
    try:
        for name, number in inputs.items():
            _input(nodes, name).value = number
        for _ in forward_steps(nodes):
            pass
    except InputError:
        for node, value, grad in before:
            node._value, node.grad = value, grad
        raise
    return nodes[-1].value


def backward(nodes: Sequence[Value]) -> None:
    """Recompute ``nodes``, then fill in every ``grad``: the derivative of the last one."""
    forward(nodes, {})
    try:
        for _ in backward_steps(nodes):
            pass
    except InputError:  # an infinite slope: half of the gradients is worse than none
        for node in nodes:
            node.grad = None
        raise


def forward_steps(nodes: Sequence[Value], name: Naming = label) -> Iterator[ForwardStep]:
    """Compute the gates in order. The old gradients belong to old values: they are cleared."""
    for node in nodes:
        node.grad = None
    for node in nodes:
        if node.gate is not None:
            node.compute()
            yield ForwardStep(node, name(node), node.value)


def backward_steps(nodes: Sequence[Value], name: Naming = label) -> Iterator[BackwardStep]:
    """From the last one back: each comes after all that it went into, so its sum is whole."""
    arrived: dict[Value, list[float]] = {node: [] for node in nodes}
    arrived[nodes[-1]].append(1.0)
    for node in reversed(nodes):
        node.grad = sum(arrived[node])
        sent = flows(node, name)
        for flow in sent:
            arrived[flow.input].append(flow.downstream)
        yield BackwardStep(node, name(node), tuple(arrived[node]), sent)


def flows(node: Value, name: Naming = label) -> tuple[Flow, ...]:
    """What a node whose gradient is known sends back, input by input."""
    upstream = node.grad or 0.0
    return tuple(
        Flow(x, name(x), local, upstream) for x, local in zip(node.inputs, node.local, strict=True)
    )


def _input(nodes: Sequence[Value], name: str) -> Value:
    inputs = {x.name: x for x in nodes if x.gate is None and not x.constant}
    if name not in inputs:
        raise InputError(f"the circuit has no input {name!r}{did_you_mean(name, list(inputs))}")
    return inputs[name]


def written(node: Value) -> str:
    """A gate with the numbers that it works on: ``3 × (-4)``."""
    return node.gate.text(*(show(x.value) for x in node.inputs)) if node.gate else node.name
