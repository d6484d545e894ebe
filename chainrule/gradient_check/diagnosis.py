"""From a failed gradient check to the name of the mistake.

First the place: each layer is checked alone, so that only the one to blame is looked at and not
those behind it. Then the mistake: its gradient and the true one are held against a bank of
classic mistakes, each of which says how much of the error it would explain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from .evidence import Mismatch, gather, gather_small
from .fan_out import wrong_sums
from .findings import FOLLOWS, NO_PATTERN, Diagnosis, Match
from .function import Arrays
from .locate import LOSS, Part, join, wrong_parts
from .numeric import numeric_gradient
from .patterns import PATTERNS
from .problem import INPUT, Objective, Problem
from .result import ArrayCheck, GradCheck
from .statistics import describe

EXPLAINED = 1e-3  # a mistake is named only if it leaves less than this of the error
NOISE = 1e-6  # differences are no better, so below it all explain equally well
LISTED = 4

T = TypeVar("T")


def diagnose(
    problem: Problem, result: GradCheck, writes: Sequence[Diagnosis] = ()
) -> tuple[Diagnosis, ...]:
    """Name what is wrong in a ``problem`` whose check gave ``result``.

    Layers that write into what others read come first. What is around one of them is not blamed
    for sums that are wrong because of it.
    """
    parts = _attempt(lambda: list(wrong_parts(problem))) or []
    if writes:
        writers = [write.where.split(" (")[0] for write in writes]
        parts = [part for part in parts if not any(_is_around(part.path, w) for w in writers)]
    elif not parts:
        return tuple(_of_part(Part("", problem, result)))
    found = [*writes, *(diagnosis for part in parts for diagnosis in _of_part(part))]
    blamed = {join(part.path, row.path) for part in parts for row in _wrong(part.result)}
    behind = [row.path for row in _wrong(result) if row.path not in blamed]
    if behind:
        more = f" and {len(behind) - LISTED} others" if len(behind) > LISTED else ""
        evidence = "each of them is right by itself" if not writes else "they may be right"
        where = ", ".join(behind[:LISTED]) + more
        found.append(Diagnosis(where, FOLLOWS, evidence, "check again after the fix"))
    return tuple(found)


def diagnose_function(
    f: Callable[[Arrays], float], arrays: Arrays, gradient: Arrays, result: GradCheck
) -> tuple[Diagnosis, ...]:
    """The same for a bare function, with which there is less to experiment."""
    found = []
    for row in _wrong(result):
        numeric = numeric_gradient(f, arrays, row.path)
        found.append(
            _name(Mismatch(row.path, arrays[row.path], gradient[row.path], numeric), row.path)
        )
    return tuple(found)


def _is_around(path: str, inner: str) -> bool:
    return not path or inner == path or inner.startswith(f"{path}.")


def _wrong(result: GradCheck) -> list[ArrayCheck]:
    return [row for row in result.rows if not row.ok]


def _of_part(part: Part) -> Iterable[Diagnosis]:
    inner = _attempt(lambda: list(wrong_sums(part.problem, part.path)))
    return inner or _of_arrays(part)


def _of_arrays(part: Part) -> Iterator[Diagnosis]:
    for row in _wrong(part.result):
        evidence = _attempt(partial(gather_small, part.problem, row.path))
        yield _name(evidence or gather(part.problem, row.path), _place(part, row.path))


def _place(part: Part, name: str) -> str:
    """layers.2.weight, or dL/dx of layers.3 (ReLU)."""
    if not name.startswith(INPUT):
        return join(part.path, name)
    head = part.problem.head
    if part.path == LOSS and isinstance(head, Objective):
        return f"dL/dlogits of {type(head.loss).__name__}"
    dx = name.replace(INPUT, "dL/dx")
    return f"{dx} of {part.path} ({type(part.problem.model).__name__})" if part.path else dx


def _name(e: Mismatch, where: str) -> Diagnosis:
    match = best(e)
    if match is None:
        fix = "look at the worst entries, one term of the formula at a time"
        return Diagnosis(where, NO_PATTERN, describe(e), fix)
    rest = f"; {match.residual:.0e} of the error is left" if match.residual else ""
    return Diagnosis(where, match.name, match.evidence + rest, match.fix)


def best(e: Mismatch) -> Match | None:
    """The mistake that explains most of the error, if it explains nearly all of it."""
    found: list[Match] = []
    for pattern in PATTERNS:
        match = _attempt(partial(pattern, e))
        if match and match.residual < EXPLAINED:
            found.append(match)
            if match.residual <= NOISE and not match.vague:
                break
    return min(found, key=lambda m: (m.vague, max(m.residual, NOISE)), default=None)


def _attempt(experiment: Callable[[], T]) -> T | None:
    """Experiments run somebody's faulty code on inputs that it was not written for. Whatever
    that raises must not hide the failure that is being explained."""
    try:
        return experiment()
    except Exception:
        return None
