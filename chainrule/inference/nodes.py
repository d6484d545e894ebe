"""The steps of a plan with what one instruction does at a time: a sum and an activation join the
step before them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..interop.plan import INPUT, Plan, Step

ACTIVATIONS = (
    "relu", "relu6", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "softplus", "silu",
    "hard_swish", "mish", "gelu", "gelu_tanh",
)  # fmt: skip
ENDED = (
    "conv2d", "linear", "add", "multiply", "scale_channels", "batch_norm", "normalize",
    "prelu",
)  # fmt: skip
"""Operations that an activation may end."""
COMPILED = (
    "linear", "add", "multiply", "scale_channels", "flatten", "max_pool", "average_pool",
    "global_average_pool",
)  # fmt: skip
"""Operations that have instructions in any form."""
SUMMED = ("conv2d", "linear")
"""Those that may add another value."""


@dataclass(frozen=True)
class Node:
    """A step, the value that is added to its result, and the activation after that."""

    step: Step
    output: str
    other: str | None = None
    activation: str = "none"
    number: float = 0.0

    @property
    def reads(self) -> tuple[str, ...]:
        return self.step.inputs if self.other is None else (*self.step.inputs, self.other)


def nodes(plan: Plan) -> list[Node]:
    """Each after those whose values it reads."""
    readers = plan.readers()
    made: list[Node] = []

    def last(value: str) -> int | None:
        """The place of the node whose value only the step at hand reads."""
        if value == plan.output or len(readers[value]) != 1 or value == INPUT:
            return None
        return next((i for i in reversed(range(len(made))) if made[i].output == value), None)

    for step in plan.steps:
        if step.op in ACTIVATIONS:
            at = last(step.inputs[0])
            if at is not None and _ends(made[at]):
                made[at] = replace(
                    made[at], output=step.output, activation=step.op, number=number(step)
                )
                continue
        if step.op == "add" and len(step.inputs) == 2 and step.inputs[0] != step.inputs[1]:
            at, other = _summand(step, last, made)
            if at is not None:
                node = made.pop(at)
                made.append(replace(node, output=step.output, other=other))
                continue
        made.append(Node(step, step.output))
    return made


def _summand(
    step: Step, last: Callable[[str], int | None], made: list[Node]
) -> tuple[int | None, str]:
    """(the place of the later node of the two that can add the other's value, that value). It
    moves behind the other."""
    first, second = step.inputs
    able = [
        (at, other)
        for value, other in ((first, second), (second, first))
        if (at := last(value)) is not None and _sums(made[at])
    ]
    return max(able) if able else (None, "")


def _sums(node: Node) -> bool:
    if node.activation != "none" or node.other is not None or node.step.op not in SUMMED:
        return False
    options = node.step.options
    return node.step.op == "linear" or (options["groups"] == 1 and options["mode"] == "zeros")


def _ends(node: Node) -> bool:
    return compiled(node.step) and node.step.op in ENDED and node.activation == "none"


def number(step: Step) -> float:
    """The number of an activation that has one."""
    return float(next(iter(step.options.values()), 0.0))


def compiled(step: Step) -> bool:
    """Whether there are instructions for it."""
    if step.op == "conv2d":
        return bool(step.options["mode"] == "zeros")
    if step.op == "concat":
        return bool(step.options["axis"] == len(step.shape))
    if step.op in ("batch_norm", "normalize", "prelu"):
        return all(array.size in (1, step.shape[-1]) for array in step.arrays.values())
    return step.op in COMPILED or step.op in ACTIVATIONS
