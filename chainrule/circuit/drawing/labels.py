"""The labels of a drawing, and how much room they take."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..numbers import show
from .grid import Link, Slot
from .place import RADIUS, half_height
from .svg import GRADIENT, NAME, SYMBOL, VALUE, Box, Label, Pill, width

if TYPE_CHECKING:
    from ..graph import Circuit

AIR = 14.0  # beside a label
ABOVE, BELOW = 6.0, 15.0  # from a wire to the baseline of a label


class Writer:
    """Labels for the slots of one circuit. Each takes at least the room of the text ``least``, so
    that the drawing of other numbers has the same places."""

    def __init__(self, circuit: Circuit, digits: int, least: str = "") -> None:
        self.digits, self.least = digits, width(least, VALUE)
        self.uses = Counter(x for gate in circuit.gates for x in gate.inputs)

    def number(self, number: float | None) -> str:
        return _minus(show(number, self.digits))

    def body_width(self, slot: Slot) -> float:
        """Of all that stands in the middle zone: a gate and its name above, an input's name."""
        named = 0.0 if slot.passing else width(slot.source.name, NAME) + 6
        return max(2 * self.half_width(slot), named)

    def half_width(self, slot: Slot) -> float:
        """Of a gate, or of an input's name."""
        node = slot.source
        if slot.passing:
            return 0.0
        if node.gate is None:
            return width(node.name, NAME) / 2 + 3
        half = width(_minus(node.gate.symbol), SYMBOL) / 2 + 6
        return half if half > RADIUS + 1.5 else RADIUS  # a circle rather than nearly one

    def pill(self, slot: Slot, middle: float) -> Pill:
        gate = slot.source.gate
        symbol = _minus(gate.symbol) if gate else ""
        half, tall = self.half_width(slot), half_height(slot)
        box = Box(middle - half, slot.y - tall, middle + half, slot.y + tall)
        return Pill(box, Label(symbol, SYMBOL, middle, slot.y + 5, slot.source), slot.source)

    def input(self, slot: Slot, edge: float) -> Label:
        name, x = slot.source.name, edge - self.half_width(slot)
        if slot.source.constant:
            return Label(_minus(name), SYMBOL, x, slot.y + 5, slot.source)
        return Label(name, NAME, x, slot.y + 5, slot.source)

    def named(self, slot: Slot, middle: float) -> list[Label]:
        if not slot.source.name:
            return []
        y = slot.y - half_height(slot) - 6
        return [Label(slot.source.name, NAME, middle, y, slot.source)]

    def outgoing_width(self, slot: Slot) -> float:
        if slot.passing:
            return 0.0
        node = slot.source
        return AIR + max(
            width(self.number(node.value), VALUE),
            width(self.number(node.grad), GRADIENT),
            self.least,
        )

    def outgoing(self, slot: Slot, x: float) -> list[Label]:
        node = slot.source
        value = Label(self.number(node.value), VALUE, x, slot.y - ABOVE, node)
        if node.grad is None:
            return [value]
        return [value, Label(self.number(node.grad), GRADIENT, x, slot.y + BELOW, node)]

    def incoming_width(self, slot: Slot) -> float:
        widths = [width(text, GRADIENT) for text in self._parts(slot).values()]
        if self.least and self._shared(slot):
            widths.append(self.least)
        return AIR + max(widths) if widths else 8.0

    def incoming(self, slot: Slot, offset: dict[Link, float], x: float) -> list[Label]:
        return [
            Label(text, GRADIENT, x, slot.y + offset[link] + BELOW, slot.source, link.port)
            for link, text in self._parts(slot).items()
        ]

    def _parts(self, slot: Slot) -> dict[Link, str]:
        """What this gate adds to the gradients of inputs that other gates add to as well."""
        node = slot.source
        if node.grad is None or not (shared := self._shared(slot)):
            return {}
        local = node.local
        return {link: self.number(local[link.port] * node.grad) for link in shared}

    def _shared(self, slot: Slot) -> list[Link]:
        """The wires into a gate that go to other gates too, or to this one twice."""
        links = [] if slot.passing else slot.feeds
        return [link for link in links if self.uses[link.left.source] > 1]


def _minus(text: str) -> str:
    return text.replace("-", "−")
