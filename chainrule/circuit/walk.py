"""The values behind a value, in the order in which they compute, and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from .value import Value


def behind(output: Value) -> tuple[Value, ...]:
    """``output`` and all that it was made from: inputs first, then gates, each after its inputs."""
    order: dict[Value, None] = {}  # a loop and no recursion: circuits can be deep
    stack = [(output, False)]
    while stack:
        node, inputs_done = stack.pop()
        if node in order:
            continue
        if inputs_done:
            order[node] = None
        else:
            stack.append((node, True))
            stack.extend((x, False) for x in reversed(node.inputs))
    return (*(x for x in order if x.gate is None), *(x for x in order if x.gate is not None))


def names(nodes: tuple[Value, ...]) -> dict[Value, str]:
    """A name for every node: its own, or g1, g2, … as far as those are free."""
    given: set[str] = set()
    for node in nodes:
        if node.name in given and not node.constant:
            raise InputError(
                f"two different values of this circuit are called {node.name!r}: "
                "give each a name of its own"
            )
        if node.name and not node.constant:
            given.add(node.name)
    numbers = (name for i in range(1, 2 * len(nodes) + 1) if (name := f"g{i}") not in given)
    return {node: node.name or next(numbers) for node in nodes}
