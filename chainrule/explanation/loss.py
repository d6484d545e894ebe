"""A loss on one page: outputs, targets, the number, and its gradient."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..losses import Loss
from ..types import Array
from .arrays import number
from .inputs import spread
from .page import Page, formula

H = 1e-5


def explain_loss(loss: Loss, xs: tuple[Array, ...] | None) -> str:
    outputs, targets = _tiny(loss) if xs is None else _pair(xs)
    value, gradient = loss(outputs, targets)
    page = Page(repr(loss), formula(type(loss)))
    page.section("forward")
    page.array("outputs", outputs)
    page.array("targets", targets)
    page.text("loss", number(value))
    page.section("backward")
    page.array("gradient", gradient)

    page.section("check    by (L(v + h) - L(v - h)) / 2h in float64")
    exact = outputs.astype(np.float64)
    floating = targets.dtype.kind == "f"
    exact_targets = targets.astype(np.float64) if floating else targets
    at = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    analytic = float(loss(exact, exact_targets)[1][at])
    values = []
    for step in (H, -H):
        moved = exact.copy()
        moved[at] += step
        values.append(loss(moved, exact_targets)[0])
    numeric = (values[0] - values[1]) / (2 * H)
    index = ", ".join(str(int(i)) for i in at)
    page.text("gradient", f"[{index}]  backward {number(analytic)}, numeric {number(numeric)}")
    return str(page)


def _tiny(loss: Loss) -> tuple[Array, Array]:
    """Three rows of outputs, with labels or targets: whichever the loss takes."""
    outputs = spread((3, 3), 2.0, "outputs").astype(np.float32)
    labels = np.array([2, 0, 1])
    for targets in (labels, np.eye(3, dtype=np.float32)[labels], labels.astype(np.float32)):
        try:
            loss(outputs, targets)
        except InputError:
            continue
        return outputs, targets
    raise InputError(f"no small targets were found that {loss!r} takes: give x=(outputs, targets)")


def _pair(xs: tuple[Array, ...]) -> tuple[Array, Array]:
    if len(xs) != 2:
        raise InputError(f"x: expected (outputs, targets), received {len(xs)} array(s)")
    return xs[0], xs[1]
