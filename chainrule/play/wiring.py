"""The drawing of a circuit as shapes with places, for a page that puts live numbers into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..circuit.drawing.compose import FOOTER, MARGIN, compose
from ..circuit.drawing.svg import GRADIENT, NAME, SUBSCRIPT, SYMBOL, VALUE, path

if TYPE_CHECKING:
    from ..circuit.graph import Circuit

DIGITS = 4
LEAST = "−0.00000"  # so the places stay while a number is dragged


def drawn(circuit: Circuit) -> dict[str, Any]:
    """Wires as the ``d`` of a path, forks, gates as boxes, and the middles of the numbers:
    ``values`` above the wires (the gradient of the same node goes below), and ``parts``, the
    gradients that come back along one use of several."""
    scene = compose(circuit, DIGITS, "", LEAST)
    number = {node: i for i, node in enumerate(circuit.nodes)}
    labels = [(label, number[label.of]) for label in scene.labels if label.of is not None]
    return {
        "width": scene.width,
        "height": scene.height - FOOTER + MARGIN,
        "wires": [
            {"node": number[wire.of], "d": path(wire)}
            for wire in scene.wires if wire.of is not None
        ],
        "forks": [list(point) for point in scene.forks],
        "gates": [
            {"node": number[pill.of], "x": pill.box.left, "y": pill.box.top,
             "width": pill.box.right - pill.box.left, "height": pill.box.bottom - pill.box.top}
            for pill in scene.pills if pill.of is not None
        ],
        "values": [
            {"node": node, "x": label.x, "y": label.y}
            for label, node in labels if label.kind == VALUE
        ],
        "parts": [
            {"node": node, "port": label.port, "x": label.x, "y": label.y}
            for label, node in labels if label.kind == GRADIENT and label.port is not None
        ],
        "names": [
            {"node": node, "x": label.x, "y": label.y, "text": label.text,
             "subscript": _subscript(label.text) if label.kind == NAME else ""}
            for label, node in labels if label.kind in (NAME, SYMBOL)
        ],
        "arrow": list(scene.arrow),
    }  # fmt: skip


def _subscript(name: str) -> str:
    """The digits of w0 and w_0, which stand below the line."""
    match = SUBSCRIPT.fullmatch(name)
    return match[2] if match else ""
