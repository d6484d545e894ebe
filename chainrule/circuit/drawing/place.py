"""Heights: every wire as straight as the space around it allows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from .grid import Link, Slot, ports

RADIUS = 21.0  # of a gate with one or two inputs
PORT = 20.0  # between the inputs of one gate: room for a label
GAP = 14.0  # between two slots of a column
SWEEPS = 16
STIFF = 4.0  # a wire that passes through pulls this much harder, to stay straight

Pull = tuple[float, float]  # a height, and how hard it pulls


def place(grid: list[list[Slot]]) -> dict[Link, float]:
    """Set ``y`` of every slot; return each link's height at its right end, relative to the
    middle of what it enters.

    Columns are drawn in turn toward their neighbors on the left and on the right, and at last
    toward the left alone: chains of gates then lie on one line, and a gate between its inputs.
    """
    offset = {link: 0.0 for column in grid for slot in column for link in slot.uses}
    for column in grid:
        for slot in column:
            links = ports(slot)
            for i, link in enumerate(links):
                offset[link] = (i - (len(links) - 1) / 2) * PORT

    def left(slot: Slot) -> list[Pull]:
        return [(link.left.y - offset[link], _stiffness(link)) for link in slot.feeds]

    def right(slot: Slot) -> list[Pull]:
        return [(link.right.y + offset[link], _stiffness(link)) for link in slot.uses]

    for column in grid:
        _settle(column, lambda slot: [])
    for _ in range(SWEEPS):
        for column in reversed(grid):
            _settle(column, right)
        for column in grid:
            _settle(column, left)
    return offset


def half_height(slot: Slot) -> float:
    """Of a gate: taller where it has many inputs."""
    return max(RADIUS, (len(slot.feeds) - 1) * PORT / 2 + RADIUS / 2)


def reach(slot: Slot) -> tuple[float, float]:
    """The room that a slot needs above and below its wire, labels included."""
    if slot.passing:
        return 2.0, 2.0
    if slot.source.gate is None:
        return 20.0, 20.0
    above = below = half_height(slot)
    if slot.source.name:
        above += 18
    if len(slot.feeds) > 1:
        below = max(below, (len(slot.feeds) - 1) * PORT / 2 + 16)
    return above, below


def _stiffness(link: Link) -> float:
    return STIFF if link.left.passing and link.right.passing else 1.0


def _settle(column: list[Slot], pulls: Callable[[Slot], list[Pull]]) -> None:
    """The heights nearest to where each slot is drawn, in the column's order and with room.

    Least squares under y[i+1] ≥ y[i] + room: isotonic regression, solved by pooling neighbors
    that would overlap and moving each pool to its weighted mean.
    """
    shift, room = 0.0, [0.0]
    for upper, lower in pairwise(column):
        shift += reach(upper)[1] + GAP + reach(lower)[0]
        room.append(shift)
    pools: list[tuple[float, float, int]] = []  # (mean, weight, how many)
    for slot, space in zip(column, room, strict=True):
        wanted = pulls(slot) or [(slot.y, 1e-6)]
        weight = sum(w for _, w in wanted)
        mean, count = sum(y * w for y, w in wanted) / weight - space, 1
        while pools and pools[-1][0] > mean:
            other, other_weight, other_count = pools.pop()
            mean = (mean * weight + other * other_weight) / (weight + other_weight)
            weight, count = weight + other_weight, count + other_count
        pools.append((mean, weight, count))
    settled = [mean for mean, _, count in pools for _ in range(count)]
    for slot, y, space in zip(column, settled, room, strict=True):
        slot.y = y + space
