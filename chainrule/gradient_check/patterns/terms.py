"""Terms that are missing from a sum, recognized by what the error is made of."""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..evidence import Mismatch
from ..findings import Match
from ..problem import Objective

ENOUGH = 4


def penalty(e: Mismatch) -> Match | None:
    """a - n = c W, or c sign(W): weight decay in the value and not in the gradient, or reverse."""
    if e.of_input or not e.fits or e.known.sum() < ENOUGH:
        return None
    w = e.value[e.known]
    if np.ptp(np.abs(w)) == 0:
        return None  # first values such as ones look like any other constant
    for power, direction, form in ((2, w, "W"), (1, np.sign(w), "sign(W)")):
        c, residual = _multiple(e.difference[e.known], direction)
        if residual < 1e-3:
            name = f"L{power} penalty {'missing' if c < 0 else 'counted too often'}"
            what = f"analytic - numeric = {c:.6g} {form}{_reg(e, c)}"
            fix = "add its gradient to that of the data by accumulate, where grad = … erases it"
            if c > 0:
                fix = "add it to the value too, or to the gradient only once"
            return Match(name, what, fix, residual)
    return None


def label_term(e: Mismatch) -> Match | None:
    """p instead of p - y: only the label's entry of each row is wrong, by the same amount."""
    head = e.problem.head if e.problem else None
    if not (isinstance(head, Objective) and e.of_input and e.fits and e.value.ndim == 2):
        return None
    labels = head.labels
    if labels.shape != (len(e.value),) or not np.issubdtype(labels.dtype, np.integer):
        return None
    if not 0 <= labels.min() <= labels.max() < e.value.shape[1]:
        return None
    one_hot = np.eye(e.value.shape[1])[labels]
    c, residual = _multiple(e.difference[e.known], one_hot[e.known])
    if residual > 1e-3:
        return None
    n = len(labels)
    what = f"only the entries of the labels are wrong, all by {c:.6g} ({c * n:.3g}/N)"
    return Match(
        "label's term missing or wrong", what, "dlogits = (p - y) / N, y one-hot", residual
    )


def _multiple(d: Array, direction: Array) -> tuple[float, float]:
    """(c, what is left of d) of the best fit d = c · direction."""
    square = float(np.vdot(direction, direction))
    c = float(np.vdot(direction, d)) / square if square else 0.0
    return c, float(np.linalg.norm(d - c * direction) / np.linalg.norm(d))


def _reg(e: Mismatch, c: float) -> str:
    reg = e.problem.head.reg if e.problem and isinstance(e.problem.head, Objective) else 0.0
    return f", reg = {reg:g}" if reg and abs(abs(c) - reg) < 1e-3 * reg else ""
