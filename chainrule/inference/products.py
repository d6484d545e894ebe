"""Convolutions and linear layers: products of windows, Winograd's, and channel by channel."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..interop.plan import Step
from ..kernels.cpu.prepared.blocks import COLUMNS, LANES
from ..types import Array, Shape
from .nodes import Node
from .packing import panels, winograd
from .values import Border, Value
from .writer import SMALL, Writer

ROWS = 60
"""Rows of a product's piece: whole blocks, and with 64 columns 15 KB of sums."""
WIDE = 16
"""Channels on both sides from which Winograd's transforms pay."""
TILES = 16
"""Tiles of an image from which transformed weights, which are more, are worth their way."""
SPAN = 1 << 15
"""Weights of a piece of small products, at least: each fetches those of the next."""


def offsets(value: Value, count: int, size: Shape, stride: tuple[int, int] = (1, 1)) -> Array:
    """Of every (image, line, pixel), so many numbers from the first pixel."""
    n, h, w = np.ogrid[:count, : size[0], : size[1]]
    made: Array = n * value.image + h * stride[0] * value.line + w * stride[1] * value.pixel
    return made


def conv2d(to: Writer, node: Node, x: Value, y: Value, other: Value | None) -> None:
    o = node.step.options
    w = node.step.arrays["weight"]
    if edge(node.step):
        _winograd(to, node, x, y, other)
    elif o["groups"] > 1 and w.shape[2] == 1 and w.shape[3] == o["groups"]:
        _depthwise(to, node, x, y)
    else:
        _windows(to, node, x, y, other)


def _windows(to: Writer, node: Node, x: Value, y: Value, other: Value | None) -> None:
    o, w = node.step.options, node.step.arrays["weight"]
    kh, kw, c, outputs = w.shape
    groups, (dh, dw) = o["groups"], o["dilation"]
    taps = np.arange(kh)[:, None] * dh * x.line + np.arange(kw) * dw * x.pixel
    neighbors = dw == 1 and groups == 1
    taps, run = (taps[:, 0], kw * c) if neighbors else (taps.ravel(), c)
    (top, _), (left, _) = o["padding"]
    first = x.first - top * x.line - left * x.pixel
    row_table = to.table(4 * offsets(x, to.count, y.shape, o["stride"]))
    each = outputs // groups
    for g in range(groups):
        part = w[..., g * each : (g + 1) * each].reshape(-1, each)
        weight = to.weight(node.step, f"panels {g}", partial(panels, part, COLUMNS, LANES))
        _product(
            to, node, y, other, g * each, each,
            weight=weight, depth=kh * kw * c, taps=len(taps), run=run,
            row_table=row_table, tap_table=to.table(4 * taps), source=first + g * c,
        )  # fmt: skip


def linear(to: Writer, node: Node, x: Value, y: Value, other: Value | None) -> None:
    w = node.step.arrays["weight"]
    weight = to.weight(node.step, "panels", lambda: panels(w, COLUMNS, LANES))
    _product(
        to, node, y, other, 0, w.shape[1],
        weight=weight, depth=len(w), taps=1, run=len(w),
        row_table=to.table(4 * offsets(x, to.count, (1, 1))), tap_table=to.table([0]),
        source=x.first,
    )  # fmt: skip


def _product(
    to: Writer, node: Node, y: Value, other: Value | None, first: int, outputs: int, **numbers: int
) -> None:
    """Rows are the pixels of y, and the product gives ``outputs`` of its channels from ``first``
    on."""
    rows = to.count * y.shape[0] * y.shape[1]
    chunk = rows if rows <= 64 else ROWS
    chunks = -(-rows // chunk)
    to.scratch = max(to.scratch, chunk * COLUMNS)
    summed = {"other_table": -1}
    if other is not None:
        table = to.table(offsets(other, to.count, y.shape))
        summed = {"other": other.first, "other_table": table}
    panel_count = -(-outputs // COLUMNS)
    to.write(
        "product", chunks * panel_count, span=1, batches=1, panels=panel_count,
        chunk=chunk, chunks=chunks, count=rows, outputs=outputs,
        out=y.first + first, out_table=to.table(offsets(y, to.count, y.shape)),
        bias=_bias(to, node.step) + first, **to.ending(node), **summed, **numbers,
    )  # fmt: skip


def _bias(to: Writer, step: Step) -> int:
    outputs = step.arrays["weight"].shape[-1]
    bias = step.arrays.get("bias")
    return to.weight(step, "bias", lambda: np.zeros(outputs) if bias is None else bias)


def edge(step: Step) -> int:
    """Pixels along a tile if a convolution is made by Winograd's, else 0. Decided for one image, so
    that any number of them shares the weights."""
    o, w = step.options, step.arrays["weight"]
    plain = o["stride"] == o["dilation"] == (1, 1) and o["groups"] == 1
    whole = not any(n % LANES for n in w.shape[2:]) and min(w.shape[2:]) >= WIDE
    if not (plain and whole and w.shape[:2] == (3, 3)):
        return 0
    h, width, _ = step.shape
    return next((n for n in (4, 2) if -(-h // n) * -(-width // n) >= TILES), 0)


def border(step: Step) -> Border:
    """The zeros around its input that a step's windows see."""
    if step.op != "conv2d":
        return Border()
    (top, bottom), (left, right) = step.options["padding"]
    n = edge(step)
    if not n:
        return Border(top, bottom, left, right)
    (h, w, _), (oh, ow, _) = step.shapes[0], step.shape
    return Border(top, n * -(-oh // n) + 2 - top - h, left, n * -(-ow // n) + 2 - left - w)


def _winograd(to: Writer, node: Node, x: Value, y: Value, other: Value | None) -> None:
    w, n = node.step.arrays["weight"], edge(node.step)
    c, outputs = w.shape[2:]
    h, width, _ = y.shape
    lines, columns = -(-h // n), -(-width // n)
    tiles, points = to.count * lines * columns, (n + 2) ** 2
    v, m = to.places.room(points * tiles * c), to.places.room(points * tiles * outputs)
    (top, _), (left, _) = node.step.options["padding"]
    common = {"count": tiles, "lines": lines, "columns": columns, "edge": n}
    source = x.strides("source") | {"source": x.first - top * x.line - left * x.pixel}
    chunk = max(1, SMALL // (points * c))
    to.write("tiles", -(-tiles // chunk), chunk=chunk, channels=c, out=v, **common, **source)
    rows = tiles if tiles <= 64 else ROWS
    chunks, panel_count = -(-tiles // rows), -(-outputs // COLUMNS)
    span = -(-SPAN // (c * min(outputs, COLUMNS)))
    weight = to.weight(node.step, "winograd", lambda: panels(winograd(w, n), COLUMNS, LANES))
    to.write(
        "product", -(-points * chunks * panel_count // span),
        span=span, batches=points, panels=panel_count, chunks=chunks, chunk=rows, plain=1,
        count=tiles, outputs=outputs, depth=c, taps=1, run=c,
        weight=weight, weight_step=c * outputs,
        row_table=to.table(4 * c * np.arange(tiles)), tap_table=to.table([0]),
        source=v, source_step=tiles * c, out=m, out_step=tiles * outputs,
    )  # fmt: skip
    to.scratch = max(to.scratch, n * n * outputs)
    chunk = max(1, SMALL // (points * outputs))
    summed = {"other": -1} if other is None else other.strides("other")
    to.write(
        "result", -(-tiles // chunk), chunk=chunk, channels=outputs, source=m, height=h,
        width=width, bias=_bias(to, node.step), **common, **y.strides("out"), **summed,
        **to.ending(node),
    )  # fmt: skip


def _depthwise(to: Writer, node: Node, x: Value, y: Value) -> None:
    o, w = node.step.options, node.step.arrays["weight"]
    (top, _), (left, _) = o["padding"]
    source = x.strides("source") | {"source": x.first - top * x.line - left * x.pixel}
    to.write(
        "depthwise", **to.lines(y, w.shape[0] * w.shape[1]), **source, **y.strides("out"),
        kernel_height=w.shape[0], kernel_width=w.shape[1],
        weight=to.weight(node.step, "taps", lambda: w), bias=_bias(to, node.step),
        stride_line=o["stride"][0], stride_pixel=o["stride"][1],
        dilation_line=o["dilation"][0], dilation_pixel=o["dilation"][1], **to.activation(node),
    )  # fmt: skip
