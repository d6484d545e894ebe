"""Backward with another weight than the one it should use: found by giving it other ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...types import Array
from ..evidence import Mismatch
from ..findings import Match


def another_weight(e: Mismatch) -> Match | None:
    """backward would be right if the weight were transposed, or its kernel rotated."""
    if e.problem is None or len(e.problem.parameters) > 4:
        return None
    found = []
    for path, parameter in e.problem.parameters:
        for name, what, fix, weight in _variants(parameter.value):
            try:
                repaired = e.claimed({path: np.ascontiguousarray(weight)})
            except ValueError:  # the layer may not take this shape
                continue
            evidence = f"right with {path} {what} in backward"
            found.append(Match(name, evidence, fix, e.residual(repaired)))
    return min(found, key=lambda match: match.residual, default=None)


def _variants(w: Array) -> Iterator[tuple[str, str, str, Array]]:
    if w.ndim >= 2 and w.shape[-1] == w.shape[-2] > 1:
        fix = "dx = dy Wᵀ: inputs and outputs change places"
        yield "transposed weight", "transposed", fix, w.swapaxes(-1, -2)
    if w.ndim == 4 and w.shape[0] * w.shape[1] > 1:
        fix = "dx is dy convolved with the kernel rotated: w[::-1, ::-1]"
        yield "kernel not rotated by 180°", "rotated by 180°", fix, w[::-1, ::-1]
        yield "kernel flipped", "flipped up-down", "flip both axes of the kernel", w[::-1]
        yield "kernel flipped", "flipped left-right", "flip both axes of the kernel", w[:, ::-1]
        if w.shape[2] == w.shape[3] > 1:
            both = w[::-1, ::-1].swapaxes(2, 3)
            yield (
                "kernel neither rotated nor transposed",
                "rotated by 180° and inputs and outputs exchanged",
                "dx is dy convolved with w[::-1, ::-1], inputs and outputs exchanged",
                both,
            )
