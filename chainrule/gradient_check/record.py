"""What the layers directly inside a model are given, and what they give back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..device import on_host
from ..layers import Layer, Parameter, fusion
from ..layers.base import named_children, trained_parameters
from ..layers.observe import Verb, intercept
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
    """Run ``problem`` forward and backward, and note every use of a direct inner layer."""
    copied = problem.copy(problem.inputs, problem.head)
    children = named_children(copied.model)
    originals = dict(named_children(problem.pristine))
    paths = {id(parameter): path for path, parameter in copied.parameters}
    own = {
        path: [(paths[id(p)], p) for _, p in trained_parameters(child)] for path, child in children
    }
    calls: list[Call] = []

    def around(path: str, layer: Layer, verb: str, run: Verb, arguments: tuple[Any, ...]) -> Any:
        if verb == "forward":
            y, cache = run(*arguments)
            xs = tuple(map(on_host, arguments))
            calls.append(Call(path, originals[path], xs, on_host(y)))
            return y, (calls[-1], cache)
        dy, noted = arguments
        if not (isinstance(noted, tuple) and noted and isinstance(noted[0], Call)):
            return run(dy, noted)  # a cache that the outer layer has made itself
        call, cache = noted
        return _go_back(run, dy, call, cache, own[path])

    with fusion.off(), intercept(children, around):
        _, y, dy, cache = copied.run(copied.arrays)
        gradient = copied.backward(dy, cache)
    return Recording(tuple(map(on_host, copied.given)), y, dy, gradient, calls)


def _go_back(run: Verb, dy: Array, call: Call, cache: Any, own: list[tuple[str, Parameter]]) -> Any:
    """The backward of a call, and what it alone adds to its ``own`` parameters."""
    before = [p.grad for _, p in own]
    for _, p in own:
        p.grad = None
    dx = run(dy, cache)
    dxs = dx if isinstance(dx, tuple) else (dx,)
    call.dy, call.dinputs = on_host(dy), tuple(map(on_host, dxs))
    call.gradients = {name: on_host(p.grad) for name, p in own if p.grad is not None}
    _restore(own, before)
    return dx


def _restore(own: list[tuple[str, Parameter]], before: list[Array | None]) -> None:
    for (_, parameter), earlier in zip(own, before, strict=True):
        if earlier is not None:
            parameter.accumulate(earlier)
