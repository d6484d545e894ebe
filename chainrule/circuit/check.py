"""The numeric check of a circuit: does a nudge of each input do what its gradient says?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import notebook
from ..errors import CheckFailed, InputError
from ..notation import typed
from ..text import aligned
from .numbers import show

if TYPE_CHECKING:
    from ..gradient_check.differences import Curve, Verdict
    from .graph import Circuit
    from .value import Value

STEP, TOLERANCE = 1e-5, 1e-6
ROUNDING = 8 * 2.0**-52  # values are known to a few units in their last place
SMALL = 1e-5  # rounding this far below a slope does not hide that it is wrong


@dataclass(frozen=True)
class Comparison:
    """One input: its gradient, (f(x + h) - f(x - h)) / 2h, and their relative error.

    ``kink`` marks an input whose nudge runs into a kink (a maximum that changes hands): there
    the two may differ, and it is not a mistake.

    >>> from chainrule.circuit import inputs
    >>> x, y = inputs(x=3, y=4)
    >>> row = (x * y).check().rows[0]
    >>> row.name, row.analytic, round(row.numeric, 6), row.verdict
    ('x', 4.0, 4.0, 'ok')
    """

    name: str
    analytic: float
    numeric: float
    error: float
    kink: bool

    @property
    def ok(self) -> bool:
        """Whether gradient and difference agree, or a kink excuses it."""
        return self.kink or self.error <= TOLERANCE

    @property
    def verdict(self) -> str:
        """ "ok", "WRONG" or "kink"."""
        return "kink" if self.kink else "ok" if self.ok else "WRONG"


@dataclass(frozen=True, repr=False)
class Check:
    """The gradient of every input beside its central difference, and the kinks stood upon.

    ``print`` it for the table; ``ok`` says whether every input agrees.

    >>> from chainrule.circuit import inputs, maximum
    >>> x, y = inputs(x=3, y=3)
    >>> check = maximum(x, y).check()
    >>> check.ok, [row.verdict for row in check.rows]
    (True, ['kink', 'kink'])
    """

    rows: tuple[Comparison, ...]
    kinks: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether every input agrees."""
        return all(row.ok for row in self.rows)

    def raise_if_failed(self) -> None:
        """CheckFailed, naming every input whose gradient is wrong, unless all agree."""
        wrong = [
            f"{row.name}: gradient {row.analytic:.6g}, central difference {row.numeric:.6g}"
            for row in self.rows
            if not row.ok
        ]
        if wrong:
            raise CheckFailed(f"the circuit's gradient is wrong: {'; '.join(wrong)}")

    @typed
    def __str__(self) -> str:
        return "\n".join([*aligned(self._rows(), right={1, 2, 3}), *self.kinks])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return notebook.html("", self._rows(), *self.kinks)

    def _rows(self) -> Sequence[tuple[str, ...]]:
        header = ("input", "gradient", "central difference", "relative error", "")
        return [header] + [
            (row.name, show(row.analytic, 9), show(row.numeric, 9), f"{row.error:.1e}", row.verdict)
            for row in self.rows
        ]


def check(circuit: Circuit) -> Check:
    """Run backward, then nudge each named input on its own and compare."""
    circuit.backward()
    rows = tuple(compare(circuit, node) for node in circuit.inputs)
    kinks = (
        f"{circuit.name(node)} = {node.label}: {rule}"
        for node in circuit.gates
        if node.gate is not None and (rule := node.gate.kink(*(x.value for x in node.inputs)))
    )
    return Check(rows, tuple(kinks))


def compare(circuit: Circuit, node: Value) -> Comparison:
    """The gradient that ``node`` has, an input or a gate, beside the central difference of the
    output: the number on its wire is nudged, and all gates behind it compute again.

    InputError where it cannot be nudged without leaving what the gates are defined for.
    """
    largest = max(1.0, *(abs(x.value) for x in circuit.nodes))
    verdict = _verdict(
        node, lambda t: _output(circuit, node, t), circuit.output.value, node.grad or 0.0, largest
    )
    return _comparison(circuit.name(node), verdict)


def compare_slope(node: Value, port: int) -> Comparison:
    """The slope of one gate along its input number ``port``, beside the central difference of the
    gate alone. InputError as for `compare`."""
    values, moved = [x.value for x in node.inputs], node.inputs[port]

    def curve(t: float) -> float:
        near = [x + t * (i == port) for i, x in enumerate(values)]
        return node.gate.evaluate(near, node.labels) if node.gate else node.value

    largest = max(1.0, abs(node.value), *map(abs, values))
    return _comparison(moved.label, _verdict(moved, curve, node.value, node.local[port], largest))


def _verdict(node: Value, f: Curve, f0: float, analytic: float, largest: float) -> Verdict:
    """Of a step small beside the value; of smaller ones where that is too coarse for so steep a
    slope, as beside a pole, as long as rounding is far below the slope."""
    from ..gradient_check.differences import judge

    h = _step(node, f)
    first: Verdict | None = None
    while first is None or SMALL * abs(analytic) * h > ROUNDING * largest:
        floor = ROUNDING * largest / h / TOLERANCE
        with suppress(InputError):  # such a step leads to the very pole
            verdict = judge(f, f0, analytic, h=h, floor=floor, tolerance=TOLERANCE)
            first = first or verdict
            if verdict.kink or verdict.error <= TOLERANCE or not math.isfinite(analytic):
                return verdict
        h /= 100
    return first


def _comparison(name: str, verdict: Verdict) -> Comparison:
    return Comparison(name, verdict.analytic, verdict.numeric, verdict.error, verdict.kink)


def _output(circuit: Circuit, moved: Value, t: float) -> float:
    """The output with one value moved by ``t``; the circuit itself is left as it is."""
    values = {node: node.value for node in circuit.nodes}
    values[moved] += t
    for node in circuit.gates:
        if node.gate is not None and node is not moved:
            values[node] = node.gate.evaluate([values[x] for x in node.inputs], node.labels)
    return values[circuit.output]


def _step(node: Value, f: Curve) -> float:
    """How far to nudge: small beside the value, and not out of where the gates are defined."""
    h = STEP * max(1.0, abs(node.value))
    while h > 1e-12 * max(1.0, abs(node.value)):
        try:
            f(h), f(-h)
            return h
        except InputError:
            h /= 10
    raise InputError(
        f"{node.label} = {show(node.value)}: it cannot be nudged both ways without leaving the "
        "numbers for which the circuit is defined, so there is no central difference"
    )
