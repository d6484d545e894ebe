"""Small arrays laid end to end, so that one call updates them all.

A compiled update of an array costs some 7 µs before it touches the first number, and most arrays
of a model (biases, scales and shifts of norms) hold a few hundred. So small arrays are copied into
one row, updated there and copied back; large ones, for which two more copies would cost more than
a call, are updated where they are. A parameter's array stays its own, and may be replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from ..arrays import namespace
from ..layers.variables import Parameter
from ..types import Array
from .groups import Options

State = dict[str, Array]
Named = Sequence[tuple[str, Parameter]]
Update = Callable[[Array, Array, State, float, float, int], None]
F = TypeVar("F", bound=Callable[..., None])

SMALL = 1 << 14
"""Entries up to which copying is cheaper than a call: of the limits 2¹², 2¹⁴, 2¹⁶ and none, 2¹⁴
gave the fastest step of a 784-256-128-64-10 net (Adam alone: 166, 154, 158 and 187 µs; 236 µs
with a call for each array)."""


def elementwise(update: F) -> F:
    """Mark an ``update`` that moves each entry by its own gradient and state alone, the state
    being arrays of the same shape. It may be given several arrays as one row."""
    update.__dict__["elementwise"] = True
    return update


class Bundle:
    """Parameters that one call updates: small ones with equal options that have taken equally
    many ``steps``, or a single one."""

    def __init__(
        self, members: Named, options: Options, states: Sequence[State], steps: int
    ) -> None:
        self.members, self.options, self.steps = members, options, steps
        if len(members) == 1:
            self.state = states[0]
        else:
            self.state = {name: _row([state[name] for state in states]) for name in states[0]}

    def step(self, update: Update, rate: float) -> None:
        """Update the members at this rate, and spend their gradients."""
        self.steps += 1
        parameters = [parameter for _, parameter in self.members]
        grads: list[Any] = [parameter.grad for parameter in parameters]
        decay = self.options.weight_decay
        if len(parameters) == 1:
            update(parameters[0].value, grads[0], self.state, rate, decay, self.steps)
        else:
            w = _row([parameter.value for parameter in parameters])
            update(w, _row(grads), self.state, rate, decay, self.steps)
            for parameter, piece in zip(parameters, self._pieces(w), strict=True):
                parameter.value[...] = piece
        for parameter in parameters:
            parameter.grad = None

    def states(self) -> dict[str, State]:
        """The state of each path, as views."""
        if len(self.members) == 1:
            return {self.members[0][0]: self.state}
        rows = {name: list(self._pieces(row)) for name, row in self.state.items()}
        return {
            path: {name: pieces[i] for name, pieces in rows.items()}
            for i, (path, _) in enumerate(self.members)
        }

    def _pieces(self, row: Array) -> Iterator[Array]:
        """Each member's part of ``row``, in its shape."""
        end = 0
        for _, parameter in self.members:
            start, end = end, end + parameter.value.size
            piece, shape = row[start:end], parameter.value.shape
            yield piece if len(shape) == 1 else piece.reshape(shape)


def bundles(
    parameters: Named,
    options: Mapping[str, Options],
    states: Mapping[str, State],
    counts: Mapping[str, int],
    *,
    together: bool,
) -> list[Bundle]:
    """Each parameter in one bundle; alone unless it is small and they may go ``together``.

    ``counts`` are the steps that each has taken: a rule that corrects by them needs one number
    for all members, and what steps together from then on stays equal.
    """
    members: dict[Any, list[tuple[str, Parameter]]] = {}
    for path, parameter in parameters:
        w = parameter.value
        alike = options[path], w.dtype, counts[path]
        key = alike if together and w.size <= SMALL else path
        members.setdefault(key, []).append((path, parameter))
    return [
        Bundle(
            named, options[named[0][0]], [states[path] for path, _ in named], counts[named[0][0]]
        )
        for named in members.values()
    ]


def _row(arrays: Sequence[Array]) -> Array:
    row: Array = namespace(arrays[0]).concatenate([a if a.ndim == 1 else a.ravel() for a in arrays])
    return row
