"""How many bytes a cache keeps from being freed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..layers.variables import Variable
from ..types import Array


class RetainedBytes:
    """Counts the memory behind arrays, each piece once, however many views look at it.

    A view keeps all of the array that it looks into. ``known`` arrays, such as the weights, are
    there anyway and never count.
    """

    def __init__(self, known: Iterable[Array] = ()) -> None:
        self._owners = {id(owner(array)): owner(array) for array in known}

    def add(self, cache: Any) -> int:
        """The bytes that ``cache`` adds to what was counted before."""
        fresh = 0
        for array in arrays_in(cache):
            root = owner(array)
            if id(root) not in self._owners:
                self._owners[id(root)] = root  # held, so that its id is not used again
                fresh += root.nbytes
        return fresh


def owner(array: Array) -> Array:
    """The array whose memory ``array`` looks into."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def arrays_in(thing: Any) -> Iterator[Array]:
    """Every array in nested containers, layers and plain objects, as caches are made of."""
    todo, seen = [thing], set()
    while todo:
        node = todo.pop()
        if isinstance(node, np.ndarray):
            yield node
        elif id(node) in seen or isinstance(node, (str, bytes, int, float, type)) or node is None:
            continue
        elif isinstance(node, Variable):
            todo += [node.value] if node.drawn else []
        elif isinstance(node, dict):
            todo += node.values()
        elif isinstance(node, (list, tuple)):
            todo += node
        elif hasattr(node, "__dict__"):
            todo += vars(node).values()
        seen.add(id(node))
