"""Seeing what passes through the layers of a model while something else runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from ..types import Array
from .base import Layer, named_children, named_layers

OnForward = Callable[[str, Layer, Array, Array], None]
OnBackward = Callable[[str, Layer, Array, Array | None], None]
Verb = Callable[..., Any]
Around = Callable[[str, Layer, str, Verb, tuple[Any, ...]], Any]

FORWARD = ("forward", "forward_parameters")
LEARNING = (*FORWARD, "backward", "backward_parameters")
VERBS = ("__call__", *LEARNING)


def named_leaves(model: Layer) -> list[tuple[str, Layer]]:
    """Every layer that holds no other, with its dotted path, such as layers.3; in order.

    The path of a model that is itself such a layer is "". A layer used twice is named once.
    """
    return [(path, layer) for path, layer in named_layers(model) if not named_children(layer)]


@contextmanager
def observe(
    model: Layer,
    on_forward: OnForward | None = None,
    on_backward: OnBackward | None = None,
) -> Iterator[None]:
    """While the block runs, report every pass through every innermost layer of ``model``.

        on_forward(path, layer, x, y)        after a prediction or a forward
        on_backward(path, layer, dy, dx)     after a backward; dx is None where nobody asked for it

    Results are those of the unobserved model (to rounding, where ``fusion`` runs layers as one:
    observed layers run one by one), and the layers are as before when the block ends, also by an
    exception. A layer used twice reports each use under its first path. What the callbacks are
    given belongs to the model: look, copy, do not write. Blocks may be nested; the model must
    not be run by another thread meanwhile.
    """

    def around(path: str, layer: Layer, verb: str, run: Verb, arguments: tuple[Any, ...]) -> Any:
        result = run(*arguments)
        if verb in ("__call__", *FORWARD):
            if on_forward:
                on_forward(path, layer, arguments[0], result if verb == "__call__" else result[0])
        elif on_backward:
            for dx in result if isinstance(result, tuple) else (result,):  # a Merge has several
                on_backward(path, layer, arguments[0], dx)
        return result

    with intercept(named_leaves(model), around, VERBS):
        yield


@contextmanager
def intercept(
    layers: Sequence[tuple[str, Layer]], around: Around, verbs: Sequence[str] = LEARNING
) -> Iterator[None]:
    """While the block runs, every call of ``verbs`` of the ``layers`` goes through ``around``.

        result = around(path, layer, verb, run, arguments)      run(*arguments) is the plain call

    ``around`` may give ``run`` other arguments and its caller another result. Verbs that are made
    of each other, such as ``Dropout.forward`` of its ``backward``, go through it once. Everything
    else is as ``observe`` says, which is this for whoever only looks.
    """
    before = [type(layer) for _, layer in layers]
    try:
        for path, layer in layers:
            layer.__class__ = _intercepted(path, layer, around, verbs)
        yield
    finally:
        for (_, layer), kind in zip(layers, before, strict=True):
            layer.__class__ = kind


def _intercepted(path: str, layer: Layer, around: Around, verbs: Sequence[str]) -> type[Layer]:
    """The layer's class with other verbs: ``layer(x)`` looks its verb up there, not on the
    instance."""
    kind = type(layer)
    busy = False

    def method(verb: str) -> Verb:
        plain = getattr(kind, verb)

        def run(self: Layer, *arguments: Any) -> Any:
            nonlocal busy
            if busy:
                return plain(self, *arguments)
            busy = True
            try:
                return around(path, layer, verb, partial(plain, self), arguments)
            finally:
                busy = False

        return run

    same = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    return type(kind.__name__, (kind,), {verb: method(verb) for verb in verbs} | same)
