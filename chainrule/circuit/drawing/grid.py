"""A circuit in columns: each gate to the right of all its inputs, long wires in short pieces,
and each column in an order with few crossings of wires.

The order is Sugiyama's barycenter method: sort each column by the mean position of its neighbors
in the column before it, then from the other side, and keep the best order seen. (K. Sugiyama,
S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures", 1981.)
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..graph import Circuit
    from ..value import Value

SWEEPS = 12  # over the columns, for fewer crossings
PATIENCE = 3  # an input that is needed only after more columns than these starts near its gate


@dataclass(eq=False)
class Slot:
    """A place in a column: of a node, or of a wire that passes through the column.

    ``source`` is the node itself, or the one whose wire it is; ``uses`` are the links that
    leave to the right, ``feeds`` those that come in from the left.
    """

    source: Value
    column: int
    passing: bool
    uses: list[Link] = field(default_factory=list)
    feeds: list[Link] = field(default_factory=list)
    position: int = 0  # from the top of the column
    y: float = 0.0


@dataclass(eq=False)
class Link:
    """A piece of wire from one column to the next; into a gate, at its input number ``port``."""

    left: Slot
    right: Slot
    port: int = 0

    @property
    def enters(self) -> bool:
        """Whether it ends in a gate."""
        return not self.right.passing


def columns(circuit: Circuit) -> list[list[Slot]]:
    """Slots by column, in a first order that has no crossings where the circuit is a tree.

    All uses of a value share one wire, which runs as far as the last and forks on its way.
    """
    depth = _depths(circuit)
    home = {node: Slot(node, depth[node], passing=False) for node in circuit.nodes}
    uses: dict[Value, list[tuple[Value, int]]] = {node: [] for node in circuit.nodes}
    for gate in circuit.gates:
        for port, x in enumerate(gate.inputs):
            uses[x].append((gate, port))

    grid: list[list[Slot]] = [[] for _ in range(max(depth.values()) + 1)]
    for node in _reading_order(circuit.output):
        wire = [home[node]]
        for column in range(depth[node] + 1, max((depth[g] for g, _ in uses[node]), default=0)):
            wire.append(Slot(node, column, passing=True))
            _connect(wire[-2], wire[-1])
        for gate, port in uses[node]:
            _connect(wire[depth[gate] - 1 - depth[node]], home[gate], port)
        for slot in wire:
            grid[slot.column].append(slot)
    for gate in circuit.gates:
        home[gate].feeds.sort(key=lambda link: link.port)
    return grid


def _connect(left: Slot, right: Slot, port: int = 0) -> None:
    link = Link(left, right, port)
    left.uses.append(link)
    right.feeds.append(link)


def _depths(circuit: Circuit) -> dict[Value, int]:
    """The column of each node: one more than its furthest input's."""
    depth: dict[Value, int] = {}
    for node in circuit.nodes:
        depth[node] = max((depth[x] + 1 for x in node.inputs), default=0)
    first: dict[Value, int] = {}
    for gate in circuit.gates:
        for x in gate.inputs:
            first[x] = min(first.get(x, depth[gate]), depth[gate])
    for x, column in first.items():
        if x.gate is None and (x.constant or column > PATIENCE):
            depth[x] = column - 1
    return depth


def _reading_order(output: Value) -> list[Value]:
    """From the output back, first inputs first: the order of the written expression."""
    seen: dict[Value, None] = {}
    stack = [output]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen[node] = None
            stack.extend(reversed(node.inputs))
    return list(seen)


def arrange(grid: list[list[Slot]]) -> None:
    """Order every column in place and set ``position``."""
    _number(grid)
    best, fewest = [list(column) for column in grid], crossings(grid)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        rightwards = sweep % 2 == 0
        for column in grid if rightwards else reversed(grid):
            _sort(column, rightwards)
        count = crossings(grid)
        if count < fewest:
            best, fewest = [list(column) for column in grid], count
    grid[:] = best
    _number(grid)


def crossings(grid: list[list[Slot]]) -> int:
    """How many pairs of links cross."""
    count = 0
    for column in grid:
        ends = sorted((slot.position, arrival(link)) for slot in column for link in slot.uses)
        above: list[float] = []
        for _, end in ends:
            count += len(above) - bisect_right(above, end)
            insort(above, end)
    return count


def arrival(link: Link) -> float:
    """Where a link ends, in positions: where the order of inputs matters, at its own port."""
    gate = link.right.source.gate
    if link.enters and gate is not None and gate.ordered:
        return link.right.position + (link.port - 0.5) / 4
    return float(link.right.position)


def _sort(column: list[Slot], rightwards: bool) -> None:
    def mean(slot: Slot) -> float:
        if rightwards:
            near = [float(link.left.position) for link in slot.feeds]
        else:
            near = [arrival(link) for link in slot.uses]
        return sum(near) / len(near) if near else float(slot.position)

    column.sort(key=mean)  # stable: equal means keep their order
    for position, slot in enumerate(column):
        slot.position = position


def _number(grid: list[list[Slot]]) -> None:
    for column in grid:
        for position, slot in enumerate(column):
            slot.position = position


def ports(slot: Slot) -> list[Link]:
    """The links into a gate from top to bottom: as they come, unless their order matters."""
    gate = slot.source.gate
    if gate is not None and gate.ordered:
        return slot.feeds
    return sorted(slot.feeds, key=lambda link: (link.left.position, link.port))
