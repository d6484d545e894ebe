"""The order of each column from top to bottom, with few crossings of wires.

Sugiyama's barycenter method: sort each column by the mean position of its neighbors in the
column before it, then from the other side, and keep the best order seen. (K. Sugiyama, S. Tagawa,
M. Toda, "Methods for visual understanding of hierarchical system structures", 1981.)
"""

from __future__ import annotations

from bisect import bisect_right, insort

from .grid import Link, Slot

SWEEPS = 12


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
