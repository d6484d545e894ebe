"""A number in a circuit: the wire that leaves an input or a gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, SupportsFloat, TypeAlias

from ..declared import checked
from ..errors import InputError
from ..notation import typed
from ..printable import printable
from . import passes
from .gates import (
    Add,
    AddConstant,
    Divide,
    DivideBy,
    Gate,
    Multiply,
    Negate,
    Power,
    Reciprocal,
    Scale,
    Subtract,
)
from .numbers import finite, show

if TYPE_CHECKING:
    from .check import Check
    from .graph import Circuit


class Value:
    """An input, ``Value("x", -2)``, or what a gate made of other values: ``x + y``, ``exp(x)``.

    value    the number on the wire. That of an input may be set; ``forward`` sends it through
    grad     ∂(output)/∂(this), of the circuit that ran backward last; None before
    gate     the gate that the number comes from; None for an input
    inputs   the values that went into the gate
    local    the gate's slope along each of its inputs, here and now

    Numbers in an expression become part of a gate (``x + 1``, ``2 * x``); where a gate takes
    only wires, as ``maximum(0, x)``, they become inputs that stay what they are.

    InputError for a number that is not finite, a name that cannot be, and where the value of a gate
    is to be set.

    >>> x, y = Value("x", -2), Value("y", 5)
    >>> f = (x + y) * x
    >>> f.backward()
    >>> f.value, x.grad, y.grad
    (-6.0, 1.0, -2.0)
    """

    __array_ufunc__ = None  # so that NumPy's numbers leave the operators to this class
    __slots__ = ("__weakref__", "_value", "constant", "gate", "grad", "inputs", "name")

    def __init__(self, name: str, value: SupportsFloat) -> None:
        self.name = _checked_name(name)
        self._value = finite(value, name)
        self.grad: float | None = None
        self.gate: Gate | None = None
        self.inputs: tuple[Value, ...] = ()
        self.constant = False

    @property
    def value(self) -> float:
        """The number on the wire. InputError where one that comes from a gate is set."""
        return self._value

    @value.setter
    def value(self, number: SupportsFloat) -> None:
        if self.gate is not None or self.constant:
            raise InputError(
                f"{self.label}: only the value of an input can be set; "
                "change the inputs and call forward()"
            )
        self._value = finite(number, self.name)

    @property
    def label(self) -> str:
        """The name, or for a gate without one how it is written."""
        if self.name or self.gate is None:
            return self.name
        return self.gate.text(*(x.name or "…" for x in self.inputs))

    @property
    def labels(self) -> list[str]:
        """The label of each input."""
        return [x.label for x in self.inputs]

    @property
    def local(self) -> tuple[float, ...]:
        """∂(this)/∂(input) for each input of the gate; () for an input of the circuit."""
        if self.gate is None:
            return ()
        return self.gate.slopes(self.value, *self.arguments())

    def named(self, name: str) -> Value:
        """The same value, with a name for the table and the drawing: ``(x + y).named("q")``.
        InputError for an input, which has its name already."""
        if self.gate is None:
            raise InputError(f"{self.name}: is an input and has its name already")
        self.name = _checked_name(name)
        return self

    def compute(self) -> None:
        """One gate's step forward: its value from the values of its inputs as they are now."""
        if self.gate is not None:
            self._value = self.gate.evaluate(*self.arguments())

    def arguments(self) -> tuple[list[float], list[str]]:
        """What the gate is given now: numbers, and names for its errors."""
        return [x.value for x in self.inputs], self.labels

    def circuit(self) -> Circuit:
        """All that this value was made from, to be printed, drawn, stepped through."""
        from .graph import Circuit

        return Circuit(self)

    def forward(self, **inputs: SupportsFloat) -> float:
        """The value for new ``inputs``, or after inputs were set: ``f.forward(x=3)``."""
        return passes.forward(self._nodes(), inputs)

    def backward(self) -> None:
        """Fill in ``grad`` of every value that this one was made from."""
        passes.backward(self._nodes())

    def _nodes(self) -> tuple[Value, ...]:
        nodes = passes.behind(self)
        passes.names(nodes)  # two inputs of one name cannot both be set by it
        return nodes

    def check(self) -> Check:
        """Each input's gradient beside its central difference; CheckFailed if one is wrong."""
        return self.circuit().check()

    @typed
    def __repr__(self) -> str:
        if self.gate is None and not self.constant:
            text = f"Value({self.name!r}, {show(self.value)}"
        else:
            text = f"Value({self.label} = {show(self.value)}"
        return text + (")" if self.grad is None else f", grad={show(self.grad)})")

    def __add__(self, other: Operand) -> Value:
        if isinstance(other, Value):
            return apply(Add(), self, other)
        return apply(AddConstant(finite(other, "+")), self)

    def __radd__(self, other: SupportsFloat) -> Value:
        # sum() begins with 0 + first: no gate for that
        return self if finite(other, "+") == 0 else self + other

    def __sub__(self, other: Operand) -> Value:
        if isinstance(other, Value):
            return apply(Subtract(), self, other)
        return apply(AddConstant(-finite(other, "-")), self)

    def __rsub__(self, other: SupportsFloat) -> Value:
        return -self + finite(other, "-")

    def __mul__(self, other: Operand) -> Value:
        if isinstance(other, Value):
            return apply(Multiply(), self, other)
        return apply(Scale(finite(other, "*")), self)

    def __rmul__(self, other: SupportsFloat) -> Value:
        return self * other

    def __truediv__(self, other: Operand) -> Value:
        if isinstance(other, Value):
            return apply(Divide(), self, other)
        return apply(DivideBy(finite(other, "/")), self)

    def __rtruediv__(self, other: SupportsFloat) -> Value:
        numerator = finite(other, "/")
        return apply(Reciprocal(), self) if numerator == 1 else numerator * (1 / self)

    def __neg__(self) -> Value:
        return apply(Negate(), self)

    def __pow__(self, exponent: SupportsFloat) -> Value:
        if isinstance(exponent, Value):
            raise InputError("**: the exponent is a constant; write exp(y * log(x)) for x to the y")
        return apply(Power(finite(exponent, "**")), self)

    def __rpow__(self, base: object) -> NoReturn:
        raise InputError(f"**: the exponent is a constant; write exp(x * log({base})) instead")

    def __float__(self) -> NoReturn:
        # math.exp(x) would otherwise leave the circuit without a word
        raise InputError(
            f"{self.label}: ask .value for its number, "
            "and use chainrule.circuit's exp, log, … in place of math's"
        )

    def __lt__(self, other: object) -> NoReturn:
        # max(x, y) would otherwise choose one of them for good
        raise InputError(
            f"{self.label}: values are not compared; use maximum or minimum for a gate, "
            "and .value for the numbers"
        )

    __gt__ = __le__ = __ge__ = __lt__


Operand: TypeAlias = Value | SupportsFloat


@checked
def apply(gate: Gate, *operands: Operand) -> Value:
    """The value that ``gate`` makes of ``operands``; a plain number becomes a constant input.

    Raises InputError for anything that is not a number, for a wrong number of inputs, and where
    the gate's function is not defined.

    >>> from chainrule.circuit import inputs
    >>> from chainrule.circuit.gates import Max
    >>> (x,) = inputs(x=-2)
    >>> apply(Max(), x, 0).value
    0.0
    """
    if not any(isinstance(x, Value) for x in operands):
        received = ", ".join(map(repr, operands)) or "nothing"
        raise InputError(f"{gate.symbol}: expected at least one Value, received {received:.80}")
    if len(operands) != gate.arity and (gate.arity is not None or len(operands) < 2):
        wanted = "2 or more" if gate.arity is None else gate.arity
        raise InputError(f"{gate.symbol}: expected {wanted} inputs, received {len(operands)}")
    result = Value.__new__(Value)
    result.name, result.grad, result.constant = "", None, False
    result.gate = gate
    result.inputs = tuple(x if isinstance(x, Value) else _constant(x, gate) for x in operands)
    result.compute()
    return result


def _constant(number: SupportsFloat, gate: Gate) -> Value:
    value = finite(number, gate.symbol)
    constant = Value(show(value), value)
    constant.constant = True
    return constant


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip() or printable(name) != name:
        raise InputError(f"name: expected one line of text, received {name!r:.60}")
    return name
