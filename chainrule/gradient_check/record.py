"""What the layers directly inside a model are given, and what they give back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..layers import Layer, Parameter, fusion, named_parameters
from ..layers.base import named_children
from ..types import Array
from .problem import Problem


@dataclass
class Call:
    """One use of an inner layer: y = layer(*inputs), and later dy -> inputs' gradients.

    ``gradients`` is what this use alone adds to each parameter, by the parameter's path in the
    outer model.
    """

    path: str
    layer: Layer
    inputs: tuple[Array, ...]
    y: Array
    dy: Array | None = None
    dinputs: tuple[Array, ...] = ()
    gradients: dict[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """One pass through a model and back, and the uses of the layers directly inside it."""

    inputs: tuple[Array, ...]
    y: Array
    dy: Array
    gradient: dict[str, Array | None]
    calls: list[Call]


def record(problem: Problem) -> Recording:
    """Run ``problem`` forward and backward, and note every use of a direct inner layer.

    The verbs are replaced on the layers of a copy, which is thrown away.
    """
    copied = problem.copy(problem.inputs, problem.head)
    paths = {id(parameter): path for path, parameter in copied.parameters}
    calls: list[Call] = []
    pairs = zip(named_children(problem.pristine), named_children(copied.model), strict=True)
    for (path, original), (_, child) in pairs:
        _listen(path, child, original, paths, calls)
    with fusion.off():
        _, y, dy, cache = copied.run(copied.arrays)
        gradient = copied.backward(dy, cache)
    return Recording(tuple(copied.given), y, dy, gradient, calls)


def _listen(
    path: str, layer: Layer, original: Layer, paths: dict[int, str], calls: list[Call]
) -> None:
    forward, inner = layer.forward, {"backward": layer.backward}
    inner["backward_parameters"] = layer.backward_parameters  # type: ignore[assignment]
    own = [(paths[id(p)], p) for _, p in named_parameters(layer)]

    def go(*inputs: Array) -> tuple[Array, tuple[Call, Any]]:
        y, cache = forward(*inputs)
        call = Call(path, original, inputs, y)
        calls.append(call)
        return y, (call, cache)

    def back(verb: str) -> Any:
        def run(dy: Array, noted: Any) -> Any:
            if not (isinstance(noted, tuple) and noted and isinstance(noted[0], Call)):
                return inner[verb](dy, noted)  # the layer itself, made of its own other verb
            call, cache = noted
            before = [p.grad for _, p in own]
            for _, p in own:
                p.grad = None
            dx = inner[verb](dy, cache)
            call.dy, call.dinputs = dy, dx if isinstance(dx, tuple) else (dx,)
            call.gradients = {name: p.grad for name, p in own if p.grad is not None}
            _restore(own, before)
            return dx

        return run

    layer.forward = go  # type: ignore[assignment, method-assign]
    layer.backward = back("backward")  # type: ignore[method-assign]
    layer.backward_parameters = back("backward_parameters")  # type: ignore[method-assign]


def _restore(own: list[tuple[str, Parameter]], before: list[Array | None]) -> None:
    for (_, parameter), earlier in zip(own, before, strict=True):
        if earlier is not None:
            parameter.accumulate(earlier)
