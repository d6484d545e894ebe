"""A circuit and its two passes as values that JSON has.

A node is named by its number, its place in ``circuit.nodes``. What is known when:

    forward     one gate after the other; inputs have their values from the beginning
    backward    the output's gradient is 1; then one gate after the other sends back
                local × upstream along each of its inputs. A gradient is known, as the sum of what
                has arrived, when every use of its value has sent its part
"""

from __future__ import annotations

import math
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

from ..circuit import passes
from ..circuit.check import Comparison, compare, compare_slope
from ..errors import InputError
from ..explanation.layout import formula

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..circuit.graph import Circuit
    from ..circuit.parsing import Written
    from ..circuit.value import Value


def described(circuit: Circuit, written: Written) -> dict[str, Any]:
    """The nodes, the order of the forward steps, the backward steps, and where these stop."""
    number = {node: i for i, node in enumerate(circuit.nodes)}
    steps, stopped = backward(circuit, written, number)
    return {
        "inputs": [
            {"name": node.name, "value": node.value, "node": number[node]}
            for node in circuit.inputs
        ],
        "nodes": [_node(circuit, node, number, written) for node in circuit.nodes],
        "output": number[circuit.output],
        "forward": [number[node] for node in circuit.gates],
        "backward": steps,
        "stopped": stopped,
    }


def backward(
    circuit: Circuit, written: Written, number: dict[Value, int]
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The steps from the output back, and, where a gate has no finite slope, which one it is."""
    uses = {node: 0 for node in circuit.nodes}
    for gate in circuit.gates:
        for x in gate.inputs:
            uses[x] += 1
    arrived: dict[Value, list[dict[str, Any]]] = defaultdict(list)
    for node in circuit.nodes:
        node.grad = None
    circuit.output.grad = 1.0
    seed = {"node": number[circuit.output], "from": None, "port": None, "value": 1.0}
    steps: list[dict[str, Any]] = [
        {"node": None, "flows": [], "known": [_known(number[circuit.output], [seed])]}
    ]
    for gate in reversed(circuit.gates):
        try:
            flows = passes.flows(gate)
        except InputError as error:
            start, end = written.places[gate]
            return steps, {
                "sentence": str(error), "start": start, "end": end, "node": number[gate],
            }  # fmt: skip
        known = []
        for port, flow in enumerate(flows):
            x = flow.input
            arrived[x].append(
                {"node": number[x], "from": number[gate], "port": port, "value": flow.downstream}
            )
            if len(arrived[x]) == uses[x]:
                x.grad = sum(part["value"] for part in arrived[x])
                known.append(_known(number[x], arrived[x]))
        steps.append(
            {
                "node": number[gate],
                "flows": [
                    {
                        "input": number[flow.input], "local": flow.local, "upstream": flow.upstream,
                        "downstream": flow.downstream,
                        "check": _checked(partial(compare_slope, gate, port)),
                    }
                    for port, flow in enumerate(flows)
                ],
                "known": known,
            }
        )  # fmt: skip
    return steps, None


def _known(node: int, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """A gradient that is known now: the parts that arrived, and their sum."""
    return {"node": node, "parts": list(parts), "gradient": sum(part["value"] for part in parts)}


def _node(
    circuit: Circuit, node: Value, number: dict[Value, int], written: Written
) -> dict[str, Any]:
    gate = node.gate
    kind = "gate" if gate else "constant" if node.constant else "input"
    inputs = [circuit.name(x) for x in node.inputs]
    return {
        "kind": kind,
        "name": circuit.name(node),
        "named": bool(node.name),
        "gate": type(gate).__name__ if gate else None,
        "symbol": gate.symbol.replace("-", "−") if gate else None,
        "formula": formula(type(gate)).splitlines()[0] if gate else None,
        "written": gate.text(*inputs) if gate else None,
        "numbers": passes.written(node) if gate else None,
        "kink": gate.kink(*(x.value for x in node.inputs)) if gate else "",
        "inputs": [number[x] for x in node.inputs],
        "value": node.value,
        "place": list(written.places[node]),
        "check": None if node.grad is None else _checked(partial(compare, circuit, node)),
    }


def _checked(comparison: Callable[[], Comparison]) -> dict[str, Any]:
    """A gradient beside its central difference, or the sentence that says why there is none."""
    try:
        row = comparison()
    except InputError as error:
        return {"problem": str(error)}
    if not math.isfinite(row.analytic):
        return {"problem": "the gradient does not fit into a float64"}
    return {
        "analytic": row.analytic, "numeric": row.numeric, "error": row.error,
        "verdict": row.verdict,
    }  # fmt: skip
