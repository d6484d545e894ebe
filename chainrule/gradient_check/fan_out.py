"""Where a value is used twice, its gradient is the sum of what both uses send back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from ..types import Array
from .findings import Diagnosis
from .problem import Problem
from .record import Recording, record

MOST = 5  # users of one value that are told apart


def wrong_sums(problem: Problem, path: str) -> Iterator[Diagnosis]:
    """The inner values of a model whose gradient is not the sum over their users."""
    recording = record(problem)
    for call in recording.calls:
        ways = users(recording, call.y)
        if call.dy is None or not 2 <= len(ways) <= MOST:
            continue
        found = counts([part for _, part in ways], call.dy)
        if found and set(found) != {1}:
            where = f"the output of {path}.{call.path}" if path else f"the output of {call.path}"
            yield Diagnosis(where, *tell([name for name, _ in ways], found))


def users(recording: Recording, value: Array) -> list[tuple[str, Array]]:
    """(name, the gradient that it sends back) of each inner layer that is given ``value``.

    They are known by the very array that they were given.
    """
    return [
        (call.path, dx)
        for call in recording.calls
        for x, dx in zip(call.inputs, call.dinputs, strict=False)
        if x is value
    ]


def counts(parts: list[Array], received: Array) -> tuple[int, ...] | None:
    """How often each part is in ``received``, if 0, 1 or 2 times each explains it."""
    if len(parts) > MOST or any(part.shape != received.shape for part in parts):
        return None
    size = np.linalg.norm(received)
    ways = sorted(product((1, 0, 2), repeat=len(parts)), key=lambda way: sum(n != 1 for n in way))
    for way in ways:
        total = sum((n * part for n, part in zip(way, parts, strict=True)), np.zeros(()))
        if np.linalg.norm(received - total) <= 1e-9 * size:
            return way
    return None


def tell(names: list[str], found: tuple[int, ...]) -> tuple[str, str, str]:
    """(name, evidence, fix) for a value whose users are counted ``found`` times each."""
    said = " + ".join(f"{n} × {name}" for n, name in zip(found, names, strict=True))
    return (
        "fan-out not summed" if 0 in found else "a use counted twice",
        f"used by {' and '.join(names)}; received {said}",
        "add up what every use sends back: dx = dx1 + dx2",
    )
