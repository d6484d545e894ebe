"""Gradients that are not there."""

from __future__ import annotations

import numpy as np

from ..evidence import Mismatch
from ..findings import Match


def never_written(e: Mismatch) -> Match | None:
    """backward leaves the parameter's ``grad`` at None, though the value depends on it."""
    if e.touched:
        return None
    return Match(
        "gradient never written",
        f"grad is None, the numeric gradient reaches {_largest(e):.3g}",
        f"backward must call self.{e.name.rsplit('.', 1)[-1]}.accumulate(…)",
    )


def all_zero(e: Mismatch) -> Match | None:
    """A gradient of nothing but zeros where the value does change."""
    if np.any(e.analytic):
        return None
    return Match(
        "gradient all zero",
        f"0 in all {e.analytic.size} entries, the numeric gradient reaches {_largest(e):.3g}",
        "the term is forgotten, or cut off by a mask or a detached copy",
    )


def _largest(e: Mismatch) -> float:
    return float(np.abs(e.numeric[e.known]).max(initial=0))
