"""A circuit: the inputs and gates behind one value, in the order in which they compute."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, SupportsFloat

from ..declared import Checked, checked
from ..errors import InputError, did_you_mean
from ..files import atomic_write
from ..notation import Lines, typed
from ..printable import received
from ..text import aligned
from . import passes
from .numbers import show
from .passes import BackwardStep, ForwardStep

if TYPE_CHECKING:
    import os

    from .check import Check
    from .value import Value


class Circuit(Checked):
    """The graph that ends in ``output``. It is found by walking back from there, so there is no
    tape, and two circuits may share parts.

    nodes    everything, each after what it is made from: inputs first, then gates
    inputs   the named inputs        gates   the values that come from gates

    ``circuit["q"]`` is the value of that name; gates without a name are called g1, g2, … here.
    ``print`` it for the table; a notebook shows the drawing. Raises InputError if two different
    values have the same name.

    >>> from chainrule.circuit import inputs
    >>> x, y = inputs(x=3, y=4)
    >>> product = (x * y).circuit()
    >>> product.forward(x=5), product["x"].grad
    (20.0, None)
    >>> product.backward()
    >>> product["x"].grad
    4.0
    """

    def __init__(self, output: Value) -> None:
        self.output = output
        self.nodes = passes.behind(output)
        self.inputs = tuple(x for x in self.nodes if x.gate is None and not x.constant)
        self.gates = tuple(x for x in self.nodes if x.gate is not None)
        self._names = passes.names(self.nodes)

    @checked
    def name(self, node: Value) -> str:
        """What ``node`` is called here."""
        if node not in self._names:
            raise InputError(f"node: expected one of this circuit, received {received(node)}")
        return self._names[node]

    def __iter__(self) -> Iterator[Value]:
        return iter(self.nodes)

    @checked
    def __getitem__(self, name: str) -> Value:
        for node in self.nodes:
            if self._names[node] == name and not node.constant:
                return node
        known = [self._names[node] for node in self.nodes if not node.constant]
        raise InputError(f"the circuit has no value called {name!r}{did_you_mean(name, known)}")

    @property
    def stale(self) -> bool:
        """Whether an input was set and its new value has not gone through all gates yet."""
        try:
            return any(
                node.value != node.gate.evaluate(*node.arguments())
                for node in self.gates
                if node.gate
            )
        except InputError:
            return True

    def forward(self, **inputs: SupportsFloat) -> float:
        """Set the inputs that are given, recompute every gate, and return the output's value.

        Gradients of earlier values are forgotten. Raises InputError for an unknown name and
        where a gate is not defined; the circuit is then as it was before.
        """
        return passes.forward(self.nodes, inputs)

    def backward(self) -> None:
        """Fill in every ``grad``: ∂output/∂node, for the values that the inputs have now.

        The gates are recomputed first, and the gradients start anew: calling it twice changes
        nothing.
        """
        passes.backward(self.nodes)

    def forward_steps(self) -> Iterator[ForwardStep]:
        """Compute gate by gate, telling what happened at each."""
        return passes.forward_steps(self.nodes, self.name)

    def backward_steps(self) -> Iterator[BackwardStep]:
        """Recompute the values, then go from the output back, gate by gate, telling at each what
        arrived, the local slopes, and what was sent on."""
        self.forward()
        return passes.backward_steps(self.nodes, self.name)

    def check(self, *, raise_on_failure: bool = True) -> Check:
        """Compare the gradient of every input with a central difference; see ``Check``."""
        from .check import check

        result = check(self)
        if raise_on_failure:
            result.raise_if_failed()
        return result

    def svg(self, *, digits: int = 3, title: str = "") -> Lines:
        """The drawing as an SVG document: values above the wires, gradients below."""
        from .drawing import draw

        return Lines(draw(self, digits, title))

    def save(self, path: str | os.PathLike[str], *, digits: int = 3, title: str = "") -> None:
        """Write the drawing to ``path``, a whole file or none; its name ends in .svg."""
        if Path(path).suffix.lower() != ".svg":
            raise InputError(f"{path}: the drawing is an SVG file; give a name that ends in .svg")
        atomic_write(path, self.svg(digits=digits, title=title))

    def _repr_svg_(self) -> str:
        return self.svg()

    @typed
    def __str__(self) -> str:
        """Every node with its value, its gradient, and what it sends back along each input."""
        rows = [("name", "gate", "value", "gradient", "sends back: local × upstream")]
        for node in self.nodes:
            sent = [""] if node.grad is None else [*map(str, passes.flows(node, self.name))] or [""]
            written = node.gate.text(*map(self.name, node.inputs)) if node.gate else ""
            numbers = show(node.value), show(node.grad) or "-"
            rows.append((self.name(node), written, *numbers, sent[0]))
            rows += [("", "", "", "", line) for line in sent[1:]]
        note = "\n(an input was set since: forward() brings the values up to date)"
        return "\n".join(aligned(rows, right={2, 3})) + (note if self.stale else "")

    @typed
    def __repr__(self) -> str:
        return f"Circuit({self.output!r}, {len(self.inputs)} inputs, {len(self.gates)} gates)"
