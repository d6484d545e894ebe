"""What is used more than once receives one gradient from each use, and needs their sum."""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..evidence import Mismatch
from ..fan_out import counts, tell, users
from ..findings import Match


def overwritten(e: Mismatch) -> Match | None:
    """grad = … where grad += … belongs: of several uses only one is left."""
    if e.problem is None or e.of_input:
        return None
    calls = e.recording.calls
    parts = [call.gradients[e.name] for call in calls if e.name in call.gradients]
    if len(parts) < 2 or any(part.shape != e.value.shape for part in parts):
        return None
    residual = e.residual(sum(parts, np.zeros_like(e.value)))
    for number, part in enumerate(parts, 1):
        if e.norm(e.analytic - part) <= 1e-9 * e.norm(part):
            return Match(
                "overwritten, not accumulated",
                f"the layer is used {len(parts)} times, and the gradient is that of use {number} "
                "alone; the sum of all is right",
                "write self.weight.accumulate(…), or +=, never grad = …",
                residual,
            )
    return None


def fan_out(e: Mismatch) -> Match | None:
    """The input goes several ways, and not every way back is added once."""
    if e.problem is None or not e.of_input or not e.fits:
        return None
    recording = e.recording
    x = recording.inputs[e.problem.names.index(e.name)]
    ways = users(recording, x)
    if x.shape == recording.dy.shape:  # a shortcut hands on dy itself
        with_shortcut = [*ways, ("a shortcut", recording.dy)]
        return _uneven(e, ways) or _uneven(e, with_shortcut)
    return _uneven(e, ways)


def _uneven(e: Mismatch, ways: list[tuple[str, Array]]) -> Match | None:
    parts = [part for _, part in ways]
    if len(parts) < 2 or any(part.shape != e.value.shape for part in parts):
        return None
    residual = e.residual(sum(parts, np.zeros_like(e.value)))
    found = counts(parts, e.analytic)
    if found is None or residual > 1e-3:
        return None
    return Match(*tell([name for name, _ in ways], found), residual)
