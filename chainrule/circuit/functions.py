"""The functions that an expression is written with."""

from __future__ import annotations

from typing import SupportsFloat

from ..errors import InputError
from .gates import Copy, Exp, Log, Max, Min, Reciprocal, ReLU, Sigmoid, Sqrt, Square, Tanh
from .value import Operand, Value, apply


def inputs(**values: SupportsFloat) -> tuple[Value, ...]:
    """Named inputs with their numbers, in the order given.

    >>> x, y = inputs(x=-2, y=5)
    >>> x, (x + y).value
    (Value('x', -2), 3.0)
    """
    if not values:
        raise InputError("inputs: expected names with numbers, such as inputs(x=-2, y=5)")
    return tuple(Value(name, value) for name, value in values.items())


def copy(x: Value) -> Value:
    """A fan-out that can be seen: use the result as often as you like, its gradients sum.

    Using ``x`` itself twice sums them too; the gate only gives the sum a place of its own.
    """
    return apply(Copy(), x)


def exp(x: Value) -> Value:
    """eˣ as one gate."""
    return apply(Exp(), x)


def log(x: Value) -> Value:
    """The natural logarithm."""
    return apply(Log(), x)


def reciprocal(x: Value) -> Value:
    """1 / x as one gate; the same as writing ``1 / x``."""
    return apply(Reciprocal(), x)


def square(x: Value) -> Value:
    """x² as one gate."""
    return apply(Square(), x)


def sqrt(x: Value) -> Value:
    """√x as one gate."""
    return apply(Sqrt(), x)


def sigmoid(x: Value) -> Value:
    """1 / (1 + exp(-x)) as one gate."""
    return apply(Sigmoid(), x)


def tanh(x: Value) -> Value:
    """(eˣ - e⁻ˣ) / (eˣ + e⁻ˣ) as one gate."""
    return apply(Tanh(), x)


def relu(x: Value) -> Value:
    """max(x, 0) as one gate."""
    return apply(ReLU(), x)


def maximum(*x: Operand) -> Value:
    """The largest of two or more; the whole gradient goes to it, of equal ones to the first."""
    return apply(Max(), *x)


def minimum(*x: Operand) -> Value:
    """The smallest of two or more; the whole gradient goes to it, of equal ones to the first."""
    return apply(Min(), *x)
