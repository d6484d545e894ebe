"""From a circuit to its drawing: columns, then order, heights and widths, then shapes.

A column has three zones from left to right, which the wires of other gates cross on a straight
line only: wires coming in (with a gradient each, where the value has several uses), the gates,
and wires going out with their value and gradient. Bends have the channels between columns to
themselves. So no wire can touch a label or a gate that it does not belong to.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from .grid import Link, Slot, arrange, columns
from .labels import Writer
from .place import RADIUS, place, reach
from .svg import TITLE, Label, Pill, Point, Scene, Wire, width

if TYPE_CHECKING:
    from ..graph import Circuit

MARGIN, HEADER, FOOTER = 24.0, 30.0, 46.0
NARROWEST = 270.0  # the legend's width
ARROW = 10.0
CHANNEL, SLANT, WIDEST = 34.0, 0.3, 114.0  # between columns: wider where wires rise or fall far


@dataclass
class Zones:
    """Where the zones of a column begin and end, from left to right."""

    enter: float
    body: float
    leave: float
    end: float

    @property
    def middle(self) -> float:
        return (self.body + self.leave) / 2

    def begin(self, slot: Slot, write: Writer) -> float:
        """Where the wire that leaves this column begins."""
        if slot.passing:
            return self.enter
        if slot.source.gate is None:
            return self.leave
        return self.middle + write.half_width(slot)

    def face(self, link: Link, write: Writer) -> float:
        """Where a wire into this column ends: inside the gate, whose face is drawn over it."""
        if not link.enters:
            return self.enter
        return self.middle - write.half_width(link.right) + RADIUS


def compose(circuit: Circuit, digits: int, title: str, least: str = "") -> Scene:
    """Every shape of the drawing, the origin at its upper left corner. A number takes at least
    the room of the text ``least``."""
    grid = columns(circuit)
    arrange(grid)
    offset = place(grid)
    top = MARGIN + (HEADER if title else 0)
    bottom = _lower(grid, top) + FOOTER
    write = Writer(circuit, digits, least)
    zones = _zones(grid, write)

    wires: list[Wire] = []
    forks: list[Point] = []
    pills: list[Pill] = []
    labels: list[Label] = []
    tip = (0.0, 0.0)
    for column, zone in zip(grid, zones, strict=True):
        for slot in column:
            start, end = (zone.begin(slot, write), slot.y), (zone.end, slot.y)
            if not slot.passing:
                labels += write.outgoing(slot, (start[0] + zone.end) / 2)
                labels += write.incoming(slot, offset, (zone.enter + zone.body) / 2)
                if slot.source.gate is None:
                    labels.append(write.input(slot, zone.leave))
                else:
                    pills.append(write.pill(slot, zone.middle))
                    labels += write.named(slot, zone.middle)
            if slot.source is circuit.output:
                tip = (zone.end + ARROW, slot.y)
                wires.append(Wire(start, end, end, tip, slot.source))
            if len(slot.uses) > 1:
                forks.append(end)
            for link in slot.uses:
                there = zones[link.right.column]
                y = link.right.y + offset[link]
                face = there.face(link, write)
                wires.append(Wire(start, end, (there.enter, y), (face, y), slot.source))
                start = end  # a wire that forks is drawn once up to the fork
    wide = max(tip[0], NARROWEST, MARGIN + width(title, TITLE)) + MARGIN
    heading = (Label(title, TITLE, MARGIN + width(title, TITLE) / 2, MARGIN + 12),) if title else ()
    return Scene(wide, bottom, tuple(wires), tuple(forks), tuple(pills), (*labels, *heading), tip)


def _lower(grid: list[list[Slot]], top: float) -> float:
    """Move all slots so that the highest thing is at ``top``; return where the lowest ends."""
    slots = [slot for column in grid for slot in column]
    shift = top - min(slot.y - reach(slot)[0] for slot in slots)
    for slot in slots:
        slot.y += shift
    return max(slot.y + reach(slot)[1] for slot in slots)


def _zones(grid: list[list[Slot]], write: Writer) -> list[Zones]:
    zones: list[Zones] = []
    x = MARGIN
    for i, column in enumerate(grid):
        if i:
            steepest = max(
                abs(link.left.y - link.right.y) for slot in column for link in slot.feeds
            )
            x += min(CHANNEL + SLANT * steepest, WIDEST)
        x = ceil(x)  # on whole pixels the pieces of a long wire join without a seam
        body = ceil(x + max(write.incoming_width(slot) for slot in column))
        leave = ceil(body + max(write.body_width(slot) for slot in column))
        end = ceil(leave + max(write.outgoing_width(slot) for slot in column))
        zones.append(Zones(x, body, leave, end))
        x = end
    return zones
