"""A loss on one page: outputs, targets, the number, and its gradient."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..losses import Loss
from ..types import Array
from .arrays import number
from .inputs import spread
from .layout import Page, formula
from .numeric import difference


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
    aims = targets.astype(np.float64) if targets.dtype.kind == "f" else targets
    text = difference(
        lambda arrays: loss(arrays["outputs"], aims)[0],
        {"outputs": exact}, "outputs", loss(exact, aims)[1],
    )  # fmt: skip
    page.text("gradient", text)
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
