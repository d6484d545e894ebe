"""A model at a glance: its layers, what they give, and how many numbers they learn."""

from __future__ import annotations

from collections.abc import Sequence

from ..declared import checked
from ..layers.base import Layer
from ..notation import Text
from ..text import aligned, size
from .summary import cost


@checked
def summary(model: Layer, shape: Sequence[int] | None = None) -> Text:
    """The layers in the order in which an image meets them, as a table to print: each with the
    shape of its output and its trained parameters, and their sum.

    ``shape`` (H, W, C) is that of an image; else the one that the model was made for. The model is
    left as it is. InputError for an image that the model does not take. `chainrule.cost` adds
    operations and memory.

    >>> import chainrule as cr
    >>> cr.summary(cr.models.mlp((8, 8, 1), (32,), 10), (8, 8, 1))
    layer     kind       output        parameters
    layers.0  Normalize  (N, 8, 8, 1)           0
    layers.1  Flatten    (N, 64)                0
    layers.2  Linear     (N, 32)            2,080
    layers.3  ReLU       (N, 32)                0
    layers.4  Linear     (N, 10)              330
    total     5 layers                      2,410  9.41 KiB
    """
    visits = cost(model, 1, shape).layers
    paths = [visit.path for visit in visits]
    leaves = [v for v in visits if not any(p != v.path and _inside(p, v.path) for p in paths)]
    rows = [
        [
            v.path or "(all)",
            v.kind,
            f"(N, {', '.join(map(str, v.output[1:]))})",
            f"{v.parameters:,}",
        ]
        for v in leaves
    ]
    count = sum(visit.parameters for visit in visits)
    total = ["total", f"{len(leaves)} layers", "", f"{count:,}", size(4 * count)]
    head = ["layer", "kind", "output", "parameters"]
    return Text("\n".join(aligned([[*row, ""] for row in (head, *rows)] + [total], right={3})))


def _inside(path: str, container: str) -> bool:
    return path.startswith(f"{container}." if container else "")
