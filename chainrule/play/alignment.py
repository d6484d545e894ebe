"""Two models side by side: their layers aligned as a diff aligns lines, and what differs named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..layers import ACTIVATIONS
from .blocks import Block

MOST_CELLS = 4_000_000
"""Pairs of layers that are compared with each other."""
EQUAL = 8.0
Row = tuple[int | None, int | None]


def compared(left: Block, right: Block) -> dict[str, Any]:
    """Rows of layers: on both sides, or on one. ``differences`` names what differs: the kind, a
    setting, the shape of the output, or the number of parameters, with both values."""
    a, b = left.leaves(), right.leaves()
    rows = []
    for i, j in aligned(a, b):
        one, other = None if i is None else a[i], None if j is None else b[j]
        differences = [] if one is None or other is None else _differences(one, other)
        rows.append(
            {
                "left": one and one.as_json(),
                "right": other and other.as_json(),
                "differences": differences,
            }
        )
    return {"left": _totals(left), "right": _totals(right), "rows": rows}


def _totals(block: Block) -> dict[str, Any]:
    whole = block.as_json()
    totals = {k: whole[k] for k in ("parameters", "flops", "memory", "activation", "shape")}
    return totals | {"layers": len(block.leaves())}


def aligned(a: Sequence[Block], b: Sequence[Block]) -> list[Row]:
    """Pairs of places in both, in the order of both, of the greatest similarity in sum; a layer
    that is like none of the other side stands alone. InputError for too many layers.

        best[i, j] = max(best[i + 1, j + 1] + likeness(a[i], b[j]), best[i + 1, j], best[i, j + 1])

    Source: Needleman and Wunsch 1970, "A general method applicable to the search for similarities
    in the amino acid sequence of two proteins".
    """
    first, last = _ends(a, b)
    inner, other = a[first : len(a) - last], b[first : len(b) - last]
    if len(inner) * len(other) > MOST_CELLS:
        raise InputError(
            f"the models have {len(a):,} and {len(b):,} layers, too many to be aligned"
        )
    head: list[Row] = [(k, k) for k in range(first)]
    tail: list[Row] = [(len(a) - k, len(b) - k) for k in range(last, 0, -1)]
    middle = [
        (None if i is None else first + i, None if j is None else first + j)
        for i, j in _middle(inner, other)
    ]
    return [*head, *middle, *tail]


def _ends(a: Sequence[Block], b: Sequence[Block]) -> tuple[int, int]:
    """How many layers are the same at the start, and at the end of what is left."""
    most, first, last = min(len(a), len(b)), 0, 0
    while first < most and likeness(a[first], b[first]) == EQUAL:
        first += 1
    while last < most - first and likeness(a[-1 - last], b[-1 - last]) == EQUAL:
        last += 1
    return first, last


def _middle(a: Sequence[Block], b: Sequence[Block]) -> list[Row]:
    best = np.zeros((len(a) + 1, len(b) + 1))
    alike = [[likeness(x, y) for y in b] for x in a]
    for i in reversed(range(len(a))):
        for j in reversed(range(len(b))):
            skipped = max(best[i + 1, j], best[i, j + 1])
            both = best[i + 1, j + 1] + alike[i][j] if alike[i][j] else 0.0
            best[i, j] = max(skipped, both)
    rows: list[Row] = []
    i = j = 0
    while i < len(a) and j < len(b):
        if alike[i][j] and best[i, j] == best[i + 1, j + 1] + alike[i][j]:
            rows.append((i, j))
            i, j = i + 1, j + 1
        elif best[i, j] == best[i + 1, j]:
            rows.append((i, None))
            i += 1
        else:
            rows.append((None, j))
            j += 1
    rows += [(k, None) for k in range(i, len(a))] + [(None, k) for k in range(j, len(b))]
    return rows


def likeness(a: Block, b: Block) -> float:
    """EQUAL for the same layer with the same output, 0 for layers of kinds that have nothing in
    common; in between the more, the more of their settings, shape and parameters agree."""
    shape = a.shape == b.shape
    if a.kind != b.kind:
        return 1.0 + 0.5 * shape if family(a.kind) and family(a.kind) == family(b.kind) else 0.0
    names = {*a.settings, *b.settings}
    same = sum(a.settings.get(n) == b.settings.get(n) for n in names) / max(1, len(names))
    parameters = a.parameters == b.parameters
    if same == 1 and shape and parameters:
        return EQUAL
    return 2.0 + 2 * same + 1.0 * shape + 0.5 * parameters


def family(kind: str) -> str:
    """Kinds of layers of which one takes the place of another."""
    if kind in {layer.__name__ for layer in ACTIVATIONS.values()}:
        return "activation"
    for ending in ("Norm", "Pool2d", "Conv2d", "Dropout"):
        if kind.endswith(ending):
            return ending
    return ""


def _differences(a: Block, b: Block) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if a.kind != b.kind:
        found.append({"what": "kind", "left": a.kind, "right": b.kind})
    else:
        found += [
            {"what": "setting", "name": n, "left": a.settings.get(n), "right": b.settings.get(n)}
            for n in dict.fromkeys((*a.settings, *b.settings))
            if a.settings.get(n) != b.settings.get(n)
        ]
    if a.shape != b.shape:
        found.append({"what": "shape", "left": a.shape, "right": b.shape})
    if a.parameters != b.parameters:
        found.append({"what": "parameters", "left": a.parameters, "right": b.parameters})
    return found
