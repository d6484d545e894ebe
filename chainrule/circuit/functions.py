"""The functions that an expression is written with."""

from __future__ import annotations

from typing import SupportsFloat

from ..errors import InputError
from .gates import Copy, Exp, Log, Max, Min, Reciprocal, ReLU, Sigmoid, Sqrt, Square, Tanh
from .value import Operand, Value, apply


def inputs(**values: SupportsFloat) -> tuple[Value, ...]:
    """Named inputs with their numbers, in the order given.

    InputError without names, and for what is no finite number.

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

    >>> (x,) = inputs(x=3)
    >>> y = copy(x)
    >>> (y * y).backward()
    >>> x.grad
    6.0
    """
    return apply(Copy(), x)


def exp(x: Value) -> Value:
    """f = eˣ        df/dx = eˣ        one gate

    >>> (x,) = inputs(x=0)
    >>> f = exp(x)
    >>> f.backward()
    >>> f.value, x.grad
    (1.0, 1.0)
    """
    return apply(Exp(), x)


def log(x: Value) -> Value:
    """f = log x, the natural logarithm        df/dx = 1 / x        one gate

    InputError for an x of 0 or less.

    >>> (x,) = inputs(x=1)
    >>> f = log(x)
    >>> f.backward()
    >>> f.value, x.grad
    (0.0, 1.0)
    """
    return apply(Log(), x)


def reciprocal(x: Value) -> Value:
    """f = 1 / x        df/dx = -1 / x²        one gate, the same as writing ``1 / x``

    InputError for an x of 0.

    >>> (x,) = inputs(x=2)
    >>> f = reciprocal(x)
    >>> f.backward()
    >>> f.value, x.grad
    (0.5, -0.25)
    """
    return apply(Reciprocal(), x)


def square(x: Value) -> Value:
    """f = x²        df/dx = 2x        one gate

    >>> (x,) = inputs(x=3)
    >>> f = square(x)
    >>> f.backward()
    >>> f.value, x.grad
    (9.0, 6.0)
    """
    return apply(Square(), x)


def sqrt(x: Value) -> Value:
    """f = √x        df/dx = 1 / (2√x)        one gate

    InputError for a negative x, and for 0, where there is no slope.

    >>> (x,) = inputs(x=4)
    >>> f = sqrt(x)
    >>> f.backward()
    >>> f.value, x.grad
    (2.0, 0.25)
    """
    return apply(Sqrt(), x)


def sigmoid(x: Value) -> Value:
    """f = 1 / (1 + exp(-x))        df/dx = f (1 - f)        one gate

    >>> (x,) = inputs(x=0)
    >>> f = sigmoid(x)
    >>> f.backward()
    >>> f.value, x.grad
    (0.5, 0.25)
    """
    return apply(Sigmoid(), x)


def tanh(x: Value) -> Value:
    """f = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)        df/dx = 1 - f²        one gate

    >>> (x,) = inputs(x=0)
    >>> f = tanh(x)
    >>> f.backward()
    >>> f.value, x.grad
    (0.0, 1.0)
    """
    return apply(Tanh(), x)


def relu(x: Value) -> Value:
    """f = max(x, 0)        df/dx = 1 where x > 0, else 0        one gate

    >>> (x,) = inputs(x=-2)
    >>> f = relu(x)
    >>> f.backward()
    >>> f.value, x.grad
    (0.0, 0.0)
    """
    return apply(ReLU(), x)


def maximum(*x: Operand) -> Value:
    """The largest of two or more; the whole gradient goes to it, of equal ones to the first.

    >>> x, y = inputs(x=3, y=4)
    >>> maximum(x, y).backward()
    >>> x.grad, y.grad
    (0.0, 1.0)
    """
    return apply(Max(), *x)


def minimum(*x: Operand) -> Value:
    """The smallest of two or more; the whole gradient goes to it, of equal ones to the first.

    >>> x, y = inputs(x=3, y=4)
    >>> minimum(x, y).backward()
    >>> x.grad, y.grad
    (1.0, 0.0)
    """
    return apply(Min(), *x)
