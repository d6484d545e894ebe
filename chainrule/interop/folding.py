"""Batch norm as part of the weights before it: when predicting it is a straight line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..types import Array
from .plan import Plan, Step, float32, renamed

FOLDABLE = ("conv2d", "conv_transpose2d", "linear")


def fold_batch_norm(plan: Plan) -> Plan:
    """The same function with every batch norm that directly follows a convolution or a linear
    layer gone:

        W' = W s,  b' = (b - μ) s + β        s = γ / √(σ² + ε), one number an output

    One whose input is read by others too stays, and so does one of a layer that is used twice.
    """
    readers = plan.readers()
    uses: dict[str, int] = {}
    for step in plan.steps:
        uses[step.path] = uses.get(step.path, 0) + 1
    folded: list[Step] = []
    made: dict[str, int] = {}  # the place in `folded` of each value
    names: dict[str, str] = {}
    for step in plan.steps:
        step = renamed(step, names)
        place = made.get(step.inputs[0]) if step.op == "batch_norm" else None
        before = None if place is None else folded[place]
        alone = len(readers[step.inputs[0]]) == 1 and step.inputs[0] != plan.output
        if place is not None and before is not None and alone and _takes_up(before, uses):
            folded[place] = _folded(before, step)
            names[step.output] = before.output
            readers[before.output] = readers[step.output]
            continue
        made[step.output] = len(folded)
        folded.append(step)
    output = names.get(plan.output, plan.output)
    return replace(plan, steps=tuple(folded), output=output)


def _takes_up(before: Step, uses: dict[str, int]) -> bool:
    return before.op in FOLDABLE and uses[before.path] == 1


def _folded(layer: Step, norm: Step) -> Step:
    numbers = {name: array.astype(np.float64) for name, array in norm.arrays.items()}
    scale = numbers["gamma"] / np.sqrt(numbers["var"] + norm.options["eps"])
    weight: Array = layer.arrays["weight"] * scale
    bias = layer.arrays.get("bias", np.zeros_like(scale))
    shifted = (bias - numbers["mean"]) * scale + numbers["beta"]
    arrays = {**layer.arrays, "weight": float32(weight), "bias": float32(shifted)}
    return replace(layer, arrays=arrays)
