"""Adding the penalty raises the loss, by what its gradient says."""

from __future__ import annotations

import math

import numpy as np

from ...layers import named_parameters
from ..check import Check, skipped
from ..context import CheckContext

NAME = "regularization"
STEP = 1e-3
TOLERANCE = 1e-2
MOST = 3.0


def check(context: CheckContext) -> Check:
    """The penalty at the first weights W; its slope along W, from its values at (1 ± h) W, must
    be that of its gradient."""
    if context.penalty is None:
        return skipped(NAME, "no penalty is set (loss.reg and loss.l1 are 0)")
    model = context.fresh().astype(np.float64)
    parameters = named_parameters(model)
    first = [parameter.value.copy() for _, parameter in parameters]

    def at(scale: float) -> float:
        for (_, parameter), value in zip(parameters, first, strict=True):
            parameter.value = scale * value
        return float(context.penalty(parameters)) if context.penalty else 0.0

    numeric = (at(1 + STEP) - at(1 - STEP)) / (2 * STEP)
    model.clear_grads()
    value = at(1.0)
    analytic = math.fsum(
        float(np.vdot(p.grad, p.value)) for _, p in parameters if p.grad is not None
    )
    rule, shown = "above 0, with the gradient of its values", f"+{value:.4g}"
    if not value > 0:
        return Check(
            NAME, "failed", value, f"{value:+.4g}", rule,
            "the penalty does not raise the loss: a sign or a factor is wrong, or it sees no "
            "weights",
            "return a sum of squares or sizes over the parameters that decay",
        )  # fmt: skip
    if not abs(numeric - analytic) <= TOLERANCE * max(abs(numeric), abs(analytic)):
        return Check(
            NAME, "failed", value, f"slope {analytic:.4g} by gradient, {numeric:.4g} by values",
            rule, "the gradient that the penalty adds is not its derivative",
            "compare with chainrule.penalties.L2: 0.5 reg Σ W² has the gradient reg W",
        )  # fmt: skip
    loss = context.first.loss
    if value > MOST * loss:
        return Check(
            NAME, "warning", value, shown, f"at most {MOST:g} times the loss, {loss:.3g}",
            "the penalty outweighs the loss: the weights go to 0 and nothing is learned",
            "lower loss.reg; 1e-5 to 1e-3 is usual",
        )  # fmt: skip
    return Check(NAME, "ok", value, shown, rule)
