"""A plan as a program for a number of images: see ``chainrule.kernels.cpu.prepared``.

What has no instruction runs between two parts of the program, by the NumPy functions that
exported predictors are made of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..interop.plan import INPUT, Plan
from ..interop.predictor import operations
from ..kernels.cpu.prepared import fields
from ..types import Array, Shape
from .instructions import INSTRUCTIONS, pixels
from .nodes import ACTIVATIONS, Node, compiled, nodes, number
from .packing import Packing
from .products import border
from .values import Border, Places, Value, as_image, last_reads
from .writer import Writer

Between = Callable[[Array], None]


@dataclass(frozen=True)
class Program:
    """Instructions for ``count`` images, and what else a run needs.

    table, tables    of `chainrule.kernels.cpu.prepared.program.run`
    parts            up to which instruction it runs, and what happens then, given the memory
    memory, scratch  how many numbers they have
    source, result   the values that it begins and ends with
    """

    count: int
    table: Array
    tables: Array
    parts: tuple[tuple[int, Between | None], ...]
    memory: int
    scratch: int
    source: Value
    result: Value


def program(plan: Plan, count: int, packing: Packing) -> Program:
    """The program of ``plan``; weights go into ``packing``."""
    order = nodes(plan)
    aliases = _aliases(plan, order)

    def own(name: str) -> str:
        return aliases.get(name, name)

    borders = _borders(order, own)
    last = last_reads([node.reads for node in order], aliases)
    to = Writer(count, packing, Places(count))
    shape = {node.output: as_image(node.step.shape) for node in order}
    shape[INPUT] = as_image(plan.input_shape)
    values = {INPUT: to.places.value(shape[INPUT], borders.get(INPUT, Border()))}
    between: list[tuple[int, Between]] = []
    for place, node in enumerate(order):
        reads = [_seen(values[own(name)], shape[name]) for name in node.reads]
        if own(node.output) == node.output:
            y = to.places.value(shape[node.output], borders.get(node.output, Border()))
            values[node.output] = y
            run = _write(to, node, reads, y)
            if run is not None:
                between.append((len(to.rows), run))
        to.places.free_rooms()
        for name in {own(name) for name in node.reads}:
            if last[name] == place and name not in (INPUT, own(plan.output)):
                to.places.give_back(values[name])
    whole = values[own(plan.output)]
    return Program(
        count, np.array(to.rows, np.int64).reshape(-1, len(fields.NAMES)),
        np.concatenate([np.zeros(1, np.int64), *to.tables])[1:],
        (*between, (len(to.rows), None)), to.places.size, max(1, to.scratch), values[INPUT],
        Value(as_image(plan.output_shape), Border(), whole.at) if not any(whole.border) else whole,
    )  # fmt: skip


def _aliases(plan: Plan, order: list[Node]) -> dict[str, str]:
    """Flat values that are the images themselves, where nobody needs a border around these."""
    found: dict[str, str] = {}
    bordered = {node.step.inputs[0] for node in order if any(border(node.step))}
    for node in order:
        source = node.step.inputs[0]
        if node.step.op == "flatten" and source not in bordered:
            found[node.output] = found.get(source, source)
    return found


def _borders(order: list[Node], own: Callable[[str], str]) -> dict[str, Border]:
    found: dict[str, Border] = {}
    for node in order:
        if compiled(node.step):
            name = own(node.step.inputs[0])
            found[name] = border(node.step).beside(found.get(name, Border()))
    return found


def _seen(value: Value, shape: Shape) -> Value:
    """The value as its reader sees it: flat, if it is the alias of an image."""
    return value if value.shape == shape else replace(value, shape=shape)


def _write(to: Writer, node: Node, reads: list[Value], y: Value) -> Between | None:
    """The instructions of a node; what runs between them if it has none."""
    op, (x, *others) = node.step.op, reads
    if not compiled(node.step):
        return partial(_between, node, tuple(reads), y, to.count)
    if op in ("add", "multiply", "scale_channels"):
        pixels(to, node, op, x, y, *others)
    elif op == "concat":
        at = 0
        for each in reads:
            part = replace(y, shape=(*y.shape[:2], each.shape[2]))
            to.copy(node, each, part, y.strides("out") | {"out": y.first + at})
            at += each.shape[2]
    elif op == "flatten":
        image = Value(x.shape, Border(), y.at)
        to.copy(node, x, image, image.strides("out"))
    elif op in ACTIVATIONS:
        alone = replace(node, activation=op, number=number(node.step))
        to.copy(alone, x, y, y.strides("out"))
    else:
        INSTRUCTIONS[op](to, node, x, y, others[0] if others else None)
    return None


def _between(node: Node, reads: tuple[Value, ...], y: Value, count: int, memory: Array) -> None:
    step = node.step
    given = [
        x.view(memory, count).reshape(count, *shape)
        for x, shape in zip(reads, step.shapes, strict=True)
    ]
    with np.errstate(all="ignore"):  # what overflows shows in the result
        made = getattr(operations, step.op)(*given, **step.arrays, **step.options)
    y.view(memory, count)[...] = made.reshape(count, *y.shape)
