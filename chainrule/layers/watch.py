"""Seeing what passes through the layers of a model while something else runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..types import Array
from .base import Layer, named_children, named_layers

OnForward = Callable[[str, Layer, Array, Array], None]
OnBackward = Callable[[str, Layer, Array, Array | None], None]


def named_leaves(model: Layer) -> list[tuple[str, Layer]]:
    """Every layer that holds no other, with its dotted path, such as layers.3; in order.

    The path of a model that is itself such a layer is "". A layer used twice is named once.
    """
    return [(path, layer) for path, layer in named_layers(model) if not named_children(layer)]


@contextmanager
def watch(
    model: Layer,
    on_forward: OnForward | None = None,
    on_backward: OnBackward | None = None,
) -> Iterator[None]:
    """While the block runs, report every pass through every innermost layer of ``model``.

        on_forward(path, layer, x, y)        after a prediction or a forward
        on_backward(path, layer, dy, dx)     after a backward; dx is None where nobody asked for it

    Results are those of the unwatched model (to rounding, where ``fusion`` runs layers as one:
    watched layers run one by one), and the layers are as before when the block ends, also by an
    exception. A layer used twice reports each use under its first path. What the callbacks are
    given belongs to the model: look, copy, do not write. Watches may be nested; the model must
    not be run by another thread meanwhile.
    """
    leaves = named_leaves(model)
    before = [type(layer) for _, layer in leaves]
    try:
        for path, layer in leaves:
            layer.__class__ = _watched(path, layer, on_forward, on_backward)
        yield
    finally:
        for (_, layer), kind in zip(leaves, before, strict=True):
            layer.__class__ = kind


def _watched(
    path: str, layer: Layer, on_forward: OnForward | None, on_backward: OnBackward | None
) -> type[Layer]:
    """The layer's class with reporting verbs.

    A class, because ``layer(x)`` looks its verb up there and not on the instance. Verbs that
    are made of each other, such as ``Dropout.forward`` of its ``backward``, report once.
    """
    kind = type(layer)
    busy = False

    def reporting(verb: str, report: Callable[[Array, Any], None]) -> Callable[..., Any]:
        plain = getattr(kind, verb)

        def run(self: Layer, x: Array, *rest: Any) -> Any:
            nonlocal busy
            if busy:
                return plain(self, x, *rest)
            busy = True
            try:
                result = plain(self, x, *rest)
            finally:
                busy = False
            report(x, result)
            return result

        return run

    def went_forward(x: Array, y: Array) -> None:
        if on_forward:
            on_forward(path, layer, x, y)

    def went_back(dy: Array, dx: Array | None) -> None:
        if on_backward:
            for each in dx if isinstance(dx, tuple) else (dx,):  # a Merge has one for each input
                on_backward(path, layer, dy, each)

    verbs = {
        "__call__": reporting("__call__", went_forward),
        "forward": reporting("forward", lambda x, result: went_forward(x, result[0])),
        "backward": reporting("backward", went_back),
        "backward_parameters": reporting("backward_parameters", went_back),
    }
    same = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    return type(kind.__name__, (kind,), verbs | same)
