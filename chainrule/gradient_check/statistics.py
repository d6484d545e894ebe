"""How an error looks that resembles nothing known."""

from __future__ import annotations

import numpy as np

from .evidence import Mismatch

WRONG = 1e-6


def describe(e: Mismatch) -> str:
    """The ratios analytic / numeric, and where the wrong entries are."""
    if not e.fits:
        return f"the gradient has shape {e.analytic.shape}, the array {e.value.shape}"
    a, n = e.analytic[e.known], e.numeric[e.known]
    if not a.size:
        return "no entry could be judged: a kink lies at each"
    if e.agrees:
        return f"none of {a.size} entries looked at is wrong: the wrong ones are few, or at kinks"
    wrong = np.abs(a - n) > WRONG * np.abs(n).max(initial=0)
    said = [f"wrong in {wrong.sum()} of {a.size} entries{_places(e)}"]
    if np.any(there := wrong & (n != 0)):
        ratios = a[there] / n[there]
        low, middle, high = ratios.min(), np.median(ratios), ratios.max()
        said.append(f"analytic / numeric from {low:.3g} over {middle:.3g} to {high:.3g}")
    return ", ".join(said)


def _places(e: Mismatch) -> str:
    """The axis along which the wrong entries keep together, if there is one."""
    wrong = np.zeros(e.value.shape, bool)
    wrong[e.known] = (np.abs(e.difference) > WRONG * np.abs(e.numeric[e.known]).max())[e.known]
    places = np.nonzero(wrong)
    for axis, size in enumerate(e.value.shape):
        there = np.unique(places[axis])
        if there.size <= min(4, size / 2):
            return f", all at {', '.join(map(str, there))} of axis {axis}"
    return ""
