"""The table of instructions as it is written, and what goes with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..interop.plan import Step
from ..kernels.cpu.prepared import fields
from ..kernels.cpu.prepared.activations import NAMES as ACTIVATIONS
from ..kernels.cpu.prepared.pixels import KINDS
from ..types import Array
from .nodes import Node
from .packing import Packing
from .values import Places, Value

SMALL = 1 << 12
"""Numbers of a piece, at least, but for products."""
BOUNDS = {"relu": (0.0, np.inf), "relu6": (0.0, 6.0)}


@dataclass
class Writer:
    """The program for ``count`` images as it is written."""

    count: int
    packing: Packing
    places: Places
    rows: list[list[int]] = field(default_factory=list)
    tables: list[Array] = field(default_factory=list)
    table_size: int = 0
    scratch: int = 0

    def write(self, op: str, pieces: int, **numbers: int) -> None:
        """One instruction."""
        row = [0] * len(fields.NAMES)
        row[fields.OP], row[fields.PIECES] = fields.OPERATIONS.index(op), pieces
        for name, number in numbers.items():
            row[fields.NAMES.index(name.upper())] = int(number)
        self.rows.append(row)

    def table(self, numbers: Any) -> int:
        """The place of whole numbers in the table."""
        flat = np.asarray(numbers, np.int64).ravel()
        self.tables.append(flat)
        self.table_size += flat.size
        return self.table_size - flat.size

    def ending(self, node: Node) -> dict[str, int]:
        """The fields of a node's activation: bounds, or a number and what it computes."""
        bounds = BOUNDS.get(node.activation, (-np.inf, np.inf))
        code = 0 if node.activation in BOUNDS else ACTIVATIONS.index(node.activation)
        return {
            "bounds": self.bounds(*bounds),
            "activation": code,
            "number": self._number(node),
        }

    def _number(self, node: Node) -> int:
        return self.packing.place(("number", node.number), lambda: np.array([node.number]))

    def activation(self, node: Node) -> dict[str, int]:
        """The same for instructions that have no bounds."""
        return {
            "activation": ACTIVATIONS.index(node.activation),
            "number": self._number(node),
        }

    def bounds(self, low: float, high: float) -> int:
        return self.packing.place(("bounds", low, high), lambda: np.array([low, high]))

    def weight(self, step: Step, kind: str, make: Callable[[], Array]) -> int:
        return self.packing.place((step.path, step.output, kind), make)

    def copy(self, node: Node, x: Value, y: Value, out: Mapping[str, int]) -> None:
        """x, of the shape of ``y``, to where ``out`` says, and the node's activation."""
        self.write(
            "pixels", **self.lines(y), kind=KINDS.index("copy"), **x.strides("source"), **out,
            **self.activation(node),
        )  # fmt: skip

    def lines(self, out: Value, work: int = 1) -> dict[str, int]:
        """How an instruction that goes line by line is cut."""
        h, w, c = out.shape
        lines = self.count * h
        chunk = min(lines, max(1, SMALL // max(1, w * c * work)))
        return {
            "pieces": -(-lines // chunk), "chunk": chunk, "lines": lines, "height": h, "width": w,
            "channels": c,
        }  # fmt: skip
