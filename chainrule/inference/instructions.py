"""What the other operations are as instructions, and which function writes which."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..kernels.cpu.prepared.pixels import KINDS
from ..types import Array
from .nodes import Node
from .products import conv2d, linear
from .values import Value
from .writer import Writer


def pixels(to: Writer, node: Node, kind: str, x: Value, y: Value, *others: Value) -> None:
    """y = x with one of the others after the other, by each pixel."""
    for i, other in enumerate(others or (x,)):
        last = i + 1 >= len(others)
        z = other.strides("other")
        if kind == "scale_channels":
            z |= {"other_line": 0, "other_pixel": 0}
        to.write(
            "pixels", **to.lines(y), kind=KINDS.index(kind), **(y if i else x).strides("source"),
            **z, **y.strides("out"), **(to.activation(node) if last else {}),
        )  # fmt: skip


def affine(to: Writer, node: Node, x: Value, y: Value, scale: Array, shift: Array) -> None:
    """y = x · scale + shift of each channel."""
    channels = y.shape[2:]
    both = [np.broadcast_to(each, channels) for each in (scale, shift)]
    to.write(
        "pixels", **to.lines(y), kind=KINDS.index("affine"), **x.strides("source"),
        **y.strides("out"), weight=to.weight(node.step, "affine", lambda: np.concatenate(both)),
        **to.activation(node),
    )  # fmt: skip


def batch_norm(to: Writer, node: Node, x: Value, y: Value, other: Value | None) -> None:
    a = {name: array.astype(np.float64) for name, array in node.step.arrays.items()}
    scale = a["gamma"] / np.sqrt(a["var"] + node.step.options["eps"])
    affine(to, node, x, y, scale, a["beta"] - a["mean"] * scale)


def normalize(to: Writer, node: Node, x: Value, y: Value, other: Value | None) -> None:
    a = {name: array.astype(np.float64) for name, array in node.step.arrays.items()}
    scale = 1 / (a["std"] * node.step.options["unit"])
    affine(to, node, x, y, scale, -a["mean"] / a["std"])


def prelu(to: Writer, node: Node, x: Value, y: Value, other: Value | None) -> None:
    slope = np.broadcast_to(node.step.arrays["slope"], y.shape[2:])
    to.write(
        "pixels", **to.lines(y), kind=KINDS.index("prelu"), **x.strides("source"),
        **y.strides("out"), weight=to.weight(node.step, "slope", lambda: slope),
        **to.activation(node),
    )  # fmt: skip


def pool(to: Writer, node: Node, x: Value, y: Value, other: Value | None) -> None:
    o, op = node.step.options, node.step.op
    h, w, _ = x.shape
    if op == "max_pool":
        spans = [
            [(max(0, s * i - p), min(size, s * i - p + k), 1) for i in range(outputs)]
            for size, outputs, k, s, (p, _) in zip(
                (h, w), y.shape[:2], o["kernel"], o["stride"], o["padding"], strict=True
            )
        ]
    elif op == "average_pool":
        spans = [list(o["rows"]), list(o["columns"])]
    else:
        spans = [[(0, h, h)], [(0, w, w)]]
    work = max(1, h * w // (y.shape[0] * y.shape[1]))
    to.write(
        "pooling", **to.lines(y, work), **x.strides("source"), **y.strides("out"),
        mean=int(op != "max_pool"), table=to.table([*spans[0], *spans[1]]),
    )  # fmt: skip


Emit = Callable[[Writer, Node, Value, Value, Value | None], None]
INSTRUCTIONS: Mapping[str, Emit] = {
    "conv2d": conv2d, "linear": linear, "batch_norm": batch_norm, "normalize": normalize,
    "prelu": prelu, "max_pool": pool, "average_pool": pool, "global_average_pool": pool,
}  # fmt: skip
"""Operations of one value; those of several are in ``program``."""
