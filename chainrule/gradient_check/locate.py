"""Which layer is to blame: a wrong dx makes everything before it wrong too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..layers import Sequential
from .elsewhere import check_elsewhere
from .function import STEP, compare
from .problem import Objective, Problem, of_layer, off_kinks
from .record import record
from .reduced import reduced
from .result import GradCheck

SAMPLES = 10
LOSS = "loss"


@dataclass(frozen=True)
class Part:
    """A layer that is wrong by itself, or the loss: its path, and a check of it alone."""

    path: str
    problem: Problem
    result: GradCheck


def wrong_parts(problem: Problem, path: str = "") -> list[Part]:
    """`_wrong_parts` of a little of the input of each layer; of all of it if that shows nothing."""
    return list(_wrong_parts(problem, path, small=True)) or list(
        _wrong_parts(problem, path, small=False)
    )


def _wrong_parts(problem: Problem, path: str, small: bool) -> Iterator[Part]:
    """The innermost layers inside ``problem`` that fail a check of their own.

    Each inner layer is checked alone, near the inputs that it got and under a random upstream
    gradient. A layer whose inner layers are all right, and which is wrong, is itself to blame:
    it puts them together wrong.
    """
    recording = record(problem)
    head = problem.head
    if isinstance(head, Objective) and problem.parameters:
        loss = Problem(Sequential(), [recording.y], Objective(head.loss, head.labels))
        if not (result := examine(loss)).ok:
            yield Part(LOSS, loss, result)
    done: set[int] = set()
    for call in reversed(recording.calls):
        if id(call.layer) not in done:
            done.add(id(call.layer))
            inputs = [off_kinks(x) for x in call.inputs] if small else call.inputs
            alone = of_layer(call.layer, inputs)
            if small:
                alone = next(reduced(alone), alone)
            if not (result := examine(alone)).ok:
                here = join(path, call.path)
                yield from wrong_parts(alone, here) or [Part(here, alone, result)]


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def examine(problem: Problem) -> GradCheck:
    """A sampled check, without a diagnosis."""
    result = compare(problem.value, problem.arrays, problem.analytic_gradient(), samples=SAMPLES)
    return check_elsewhere(problem, result, STEP) if result.ok else result
