"""A circuit as a table of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..text import aligned
from .numbers import show
from .passes import flows

if TYPE_CHECKING:
    from .graph import Circuit
    from .value import Value


def table(circuit: Circuit) -> str:
    """Every node with its value, its gradient, and what it sends back along each input."""
    rows = [("name", "gate", "value", "gradient", "sends back: local × upstream")]
    for node in circuit.nodes:
        sent = _sent(circuit, node) or [""]
        written = node.gate.text(*map(circuit.name, node.inputs)) if node.gate else ""
        rows.append(
            (circuit.name(node), written, show(node.value), show(node.grad) or "-", sent[0])
        )
        rows += [("", "", "", "", line) for line in sent[1:]]
    note = "\n(an input was set since: forward() brings the values up to date)"
    return "\n".join(aligned(rows, right={2, 3})) + (note if circuit.stale else "")


def _sent(circuit: Circuit, node: Value) -> list[str]:
    return [str(flow) for flow in flows(node, circuit.name)] if node.grad is not None else []
