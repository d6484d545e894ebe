"""One entry of every gradient beside its central difference."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ..gradient_check.differences import judge
from ..gradient_check.function import ROUNDING, STEP, TOLERANCE
from ..layers import Buffer, Layer, named_arrays, named_parameters
from ..types import Array
from .arrays import number

MOST = 4  # arrays shown


def differences(
    layer: Layer, names: list[str], xs: tuple[Array, ...], dy: Array
) -> list[tuple[str, str]]:
    """For the greatest entry of each gradient: its name, and both values in words."""
    layer = copy.deepcopy(layer).astype(np.float64)
    layer.clear_grads()
    inputs = [x.astype(np.float64) if x.dtype.kind == "f" else x for x in xs]
    dy = dy.astype(np.float64)
    buffers = [(n, n.value.copy()) for _, n in named_arrays(layer) if isinstance(n, Buffer)]

    def forward() -> tuple[Array, Any]:
        for buffer, value in buffers:  # the same units dropped every time
            buffer.value = value.copy()
        return layer.forward(*inputs)

    y, cache = forward()
    dx = layer.backward(dy, cache)
    rows = [
        (f"d{name}", x, gradient)
        for name, x, gradient in zip(
            names, inputs, dx if isinstance(dx, tuple) else (dx,), strict=True
        )
        if x.dtype.kind == "f"
    ]
    rows += [
        (f"{path}.grad", p.value, p.grad)
        for path, p in named_parameters(layer)
        if p.grad is not None
    ]
    shown = []
    for label, array, gradient in rows[:MOST]:
        at = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
        start = array[at]

        def moved(step: float, array: Array = array, at: Any = at, start: Any = start) -> float:
            array[at] = start + step
            value = float((forward()[0] * dy).sum())
            array[at] = start
            return value

        value = float((y * dy).sum())
        analytic = float(gradient[at])
        floor = ROUNDING * max(1.0, abs(value)) / STEP / TOLERANCE
        verdict = judge(moved, value, analytic, h=STEP, floor=floor, tolerance=TOLERANCE)
        text = f"backward {number(analytic)}, numeric {number(verdict.numeric)}"
        if verdict.kink:
            text += "  (a kink is near: the two sides differ)"
        elif verdict.error > TOLERANCE:
            text += f"  WRONG by a relative {verdict.error:.1e}"
        index = ", ".join(str(int(i)) for i in at)
        shown.append((label, f"[{index}]  {text}"))
    if len(rows) > MOST:
        shown.append(("…", f"and {len(rows) - MOST} more; chainrule.gradcheck checks all"))
    return shown
