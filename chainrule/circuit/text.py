"""A circuit as a table of text."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

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
    return align(rows, right={2, 3}) + (note if circuit.stale else "")


def _sent(circuit: Circuit, node: Value) -> list[str]:
    return [str(flow) for flow in flows(node, circuit.name)] if node.grad is not None else []


def align(rows: Sequence[Sequence[str]], right: Container[int] = ()) -> str:
    """Rows of equally many cells as lines, two spaces between the columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
