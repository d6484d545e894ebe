"""Nodes of a graph as the containers that say the same: Sequential, Residual and Parallel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..layers import Add, Graph, Parallel, Residual, Sequential
from ..layers.base import Layer
from ..layers.merge import Merge

INPUT = "input"
Nodes = Mapping[str, tuple[Layer, tuple[str, ...]]]


def assemble(nodes: Nodes, output: str) -> Layer:
    """The layer that computes the node ``output``; what that does not need is left out.

    Nodes stand in order, each after those that it reads. Chains become Sequential, and branches
    that part and meet again Residual or Parallel, from the inside out. What is left is a Graph
    of such parts, or nothing but one Sequential.
    """
    needed = _needed(nodes, output)
    readers = Counter(source for name in needed for source in nodes[name][1])
    readers[output] += 1
    parts: dict[str, tuple[list[Layer], tuple[str, ...]]] = {}
    place: dict[str, str] = {INPUT: INPUT}  # the part that ends with this node
    for name, (layer, given) in nodes.items():
        if name not in needed:
            continue
        sources = tuple(place[source] for source in given)
        chain: list[Layer] = [layer]
        if isinstance(layer, Merge):
            met = _meeting(layer, sources, parts, readers)
            if met is not None:
                chain, sources = [met[0]], (met[1],)
        before = parts.get(sources[0]) if len(sources) == 1 else None
        if before is not None and readers[sources[0]] == 1 and len(before[1]) == 1:
            del parts[sources[0]]
            chain, sources = [*before[0], *chain], before[1]
        parts[name] = (chain, sources)
        place[name] = name
    if not parts:
        return Sequential()
    if len(parts) == 1:
        ((chain, sources),) = parts.values()
        if sources == (INPUT,):
            return Sequential(*chain)
    wired: dict[str, tuple[Layer | str, ...]] = {
        name: (_chained(chain), *sources) for name, (chain, sources) in parts.items()
    }
    return Graph(wired, output=output)


def _needed(nodes: Nodes, output: str) -> set[str]:
    needed = {output}
    for name in reversed(list(nodes)):
        if name in needed:
            needed.update(nodes[name][1])
    return needed - {INPUT}


def _meeting(
    merge: Merge,
    sources: tuple[str, ...],
    parts: dict[str, tuple[list[Layer], tuple[str, ...]]],
    readers: Counter[str],
) -> tuple[Layer, str] | None:
    """(the branches as one layer, what they read) if ``merge`` ends what began at one value."""
    for start in _starts(sources, parts):
        branches: list[list[Layer]] = []
        for source in sources:
            if source == start:
                branches.append([])
            elif source in parts and readers[source] == 1 and parts[source][1] == (start,):
                branches.append(parts[source][0])
            else:
                break
        else:
            for source in {*sources} - {start}:
                del parts[source]
            readers[start] -= len(sources) - 1
            return _joined(merge, branches), start
    return None


def _starts(
    sources: tuple[str, ...], parts: dict[str, tuple[list[Layer], tuple[str, ...]]]
) -> list[str]:
    """Where the branches may have parted: where one of them begins, or one of them itself."""
    begins = [parts[s][1][0] for s in sources if s in parts and len(parts[s][1]) == 1]
    return list(dict.fromkeys([*sources, *begins]))


def _joined(merge: Merge, branches: list[list[Layer]]) -> Layer:
    if type(merge) is Add and len(branches) == 2 and any(branches):
        short, body = sorted(branches, key=len)
        if len(branches[0]) == len(branches[1]):
            body, short = branches
        return Residual(_chained(body), _chained(short) if short else None)
    return Parallel(*map(_chained, branches), merge=merge)


def _chained(chain: list[Layer]) -> Layer:
    return chain[0] if len(chain) == 1 else Sequential(*chain)
