"""Layers that write into arrays which are not theirs alone.

A layer may be given the same array as another: the shortcut beside it, the loss, the layer before
whose output it is. One that writes into it makes those wrong, and looks right itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import namespace
from ..layers import Layer, Parameter, fusion, named_parameters
from ..layers.base import named_children, named_layers
from ..layers.observe import Verb, intercept
from ..types import Array
from .findings import Diagnosis
from .problem import Problem

NAME = "writes into what is not its own"


def find_writes(problem: Problem) -> tuple[Diagnosis, ...]:
    """The innermost layers that change an array that they were given or have given away, in a
    forward and backward of ``problem`` or a forward after it; what was changed, and by which."""
    copied = problem.copy(problem.inputs, problem.head)
    layers = named_layers(copied.model)
    arrays = _Arrays(layers)
    try:
        with fusion.off(), np.errstate(all="ignore"), intercept(layers, arrays.around):
            _, _, dy, cache = copied.run(copied.arrays)
            copied.backward(dy, cache)
            arrays.begin_again()
            copied.run(copied.arrays | {name: 0.5 * copied.arrays[name] for name in copied.names})
            arrays.compare_outputs()
    except Exception:  # what cannot be run is said by the check itself
        return ()
    return tuple(
        Diagnosis(
            f"{path} ({kind})" if path else kind,
            NAME,
            f"{verb} changes {' and '.join(whats)}",
            "compute into a new array: others may read the one that it was given",
        )
        for (path, kind, verb), whats in arrays.found.items()
    )


Seen = tuple[str, Array, Array]  # what an array is, the array, and a copy of it as it was


class _Arrays:
    """Looks at the arrays around each verb of each layer. ``found`` has (path, class, verb) of
    those that changed some, with what they changed."""

    def __init__(self, layers: list[tuple[str, Layer]]) -> None:
        self.found: dict[tuple[str, str, str], list[str]] = {}
        self.outputs: list[tuple[str, type, str, Array]] | None = []
        self._first: list[tuple[str, type, Seen]] = []
        self._own = {path: _own_parameters(layer) for path, layer in layers}
        self._given: dict[tuple[str, int], list[tuple[Any, list[tuple[str, Array]]]]] = {}

    def around(
        self,
        path: str,
        layer: Layer,
        verb: str,
        run: Verb,
        arguments: tuple[Any, ...],
    ) -> Any:
        if verb == "forward":
            return self._forward(path, type(layer), run, arguments)
        return self._backward(path, type(layer), run, *arguments)

    def _forward(
        self, path: str, kind: type, run: Verb, xs: tuple[Array, ...]
    ) -> tuple[Array, Any]:
        before = [(f"its input{_number(xs, i)}", x, x.copy()) for i, x in enumerate(xs)]
        own = self._own[path]
        weights = [(name, p.value.copy()) for name, p in own]
        y, cache = run(*xs)
        self._note(path, kind, "forward", [*before, *_after(weights, own)])
        passed = [*((name, x) for name, x, _ in before), ("its output", y)]
        self._given.setdefault((path, id(cache)), []).append((cache, passed))
        if self.outputs is not None:
            self.outputs.append((path, kind, "the output of an earlier one", y))
        return y, cache

    def _backward(self, path: str, kind: type, run: Verb, dy: Array, cache: Any) -> Any:
        calls = self._given.get((path, id(cache)))
        passed = calls.pop()[1] if calls else []
        before = [(name, x, x.copy()) for name, x in [*passed, ("dy", dy)]]
        own = self._own[path]
        weights = [(name, p.value.copy()) for name, p in own]
        dx = run(dy, cache)
        self._note(path, kind, "backward", [*before, *_after(weights, own)])
        return dx

    def begin_again(self) -> None:
        """What comes now is another forward, whose outputs are not noted."""
        self._first = [
            (path, kind, (name, y, y.copy())) for path, kind, name, y in self.outputs or []
        ]
        self.outputs = None

    def compare_outputs(self) -> None:
        """Which outputs of the first forward the second one has changed: a buffer that a layer
        uses again."""
        for path, kind, seen in self._first:  # inner layers end before those around them
            self._note(path, kind, "forward", [seen])

    def _note(self, path: str, kind: type, verb: str, arrays: list[Seen]) -> None:
        changed = [name for name, now, then in arrays if not _equal(now, then)]
        # A layer inside has been heard first: those around it hold the same arrays.
        inside = any(_holds(path, p) and v == verb for p, _, v in self.found)
        if changed and not inside:
            known = self.found.setdefault((path, kind.__name__, verb), [])
            known += [name for name in changed if name not in known]


def _own_parameters(layer: Layer) -> list[tuple[str, Parameter]]:
    """The parameters that no layer inside holds."""
    inner = {id(p) for _, child in named_children(layer) for _, p in named_parameters(child)}
    return [(name, p) for name, p in named_parameters(layer) if id(p) not in inner]


def _after(before: list[tuple[str, Array]], own: list[tuple[str, Parameter]]) -> list[Seen]:
    return [(name, p.value, then) for (name, then), (_, p) in zip(before, own, strict=True)]


def _equal(now: Array, then: Array) -> bool:
    floats = now.dtype.kind == "f"
    equal = namespace(now).array_equal
    return now.shape == then.shape and bool(equal(now, then, equal_nan=floats))


def _holds(outer: str, inner: str) -> bool:
    return inner != outer and (not outer or inner.startswith(f"{outer}."))


def _number(xs: tuple[Array, ...], i: int) -> str:
    return f" {i}" if len(xs) > 1 else ""
