"""A layer or a model as a notebook shows it: its layers, and the arrays that each one learns."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .. import notebook
from ..text import plural
from .variables import Parameter, Variable

if TYPE_CHECKING:
    from .base import Layer, Signature


def overview(nodes: Iterable[tuple[str, Layer | Variable]], signature: Signature | None) -> str:
    """A row for each layer that has parameters of its own, or no layer inside; ``nodes`` are all
    parts by path, the whole first."""
    layers: dict[str, Layer] = {}
    own: dict[str, list[str]] = defaultdict(list)
    numbers: dict[str, int] = defaultdict(int)
    for path, node in nodes:
        if not isinstance(node, Variable):
            layers[path] = node
        elif isinstance(node, Parameter):
            owner = path
            while owner not in layers:
                owner = owner.rpartition(".")[0]
            own[owner].append(f"{path[len(owner) :].lstrip('.')} {_size(node.shape)}")
            numbers[owner] += math.prod(node.shape)
    rows = [
        (path or "(all)", repr(layer), ", ".join(own[path]), f"{numbers[path]:,}")
        for path, layer in layers.items()
        if path in own or not any(_is_inside(other, path) for other in layers)
    ]
    title = f"{type(layers['']).__name__}: {plural(sum(numbers.values()), 'parameter')}"
    if signature is not None:
        images, classes = _size(signature.image_shape), plural(len(signature.classes), "class")
        title += f", for images of {images}, {classes}"
    return notebook.html(title, [("layer", "is", "arrays", "parameters"), *rows])


def _is_inside(path: str, container: str) -> bool:
    return path != container and path.startswith(f"{container}." if container else "")


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "()"
