"""What a gate is: one small function, and its slope along each input."""

from __future__ import annotations

import math
from abc import ABC
from collections.abc import Callable, Sequence
from typing import ClassVar

from ...errors import InputError


class Gate(ABC):
    """f = forward(x, y, …)        local(f, x, y, …) = (∂f/∂x, ∂f/∂y, …)

    A gate knows nothing of the circuit around it. Whatever the circuit computes in the end, the
    gradient that a gate sends back along an input is

        ∂L/∂x = ∂f/∂x · ∂L/∂f        downstream = local × upstream

    To make one of your own, write the two functions and the sign to draw, then ``apply`` it:
    InputError where it is not defined, or has no finite slope.

    >>> from chainrule.circuit import Gate, apply, inputs
    >>> class Cube(Gate):
    ...     symbol = "x³"
    ...     def forward(self, x):
    ...         return x**3
    ...     def local(self, f, x):
    ...         return (3 * x**2,)
    >>> (x,) = inputs(x=2)
    >>> f = apply(Cube(), x)
    >>> f.backward()
    >>> f.value, x.grad
    (8.0, 12.0)
    """

    forward: Callable[..., float]
    local: Callable[..., tuple[float, ...]]

    arity: ClassVar[int | None] = 1  # number of inputs; None is two or more
    ordered: ClassVar[bool] = False  # whether exchanging the inputs changes the result
    rule: ClassVar[str] = "the function is not defined there"

    @property
    def symbol(self) -> str:
        """What stands in the gate's circle."""
        return type(self).__name__.lower()

    def text(self, *x: str) -> str:
        """The gate as it is written, on the names or the numbers of its inputs."""
        return f"{self.symbol}({', '.join(x)})"

    def kink(self, *x: float) -> str:
        """The convention that chose the slope, where ``x`` lies on a kink; else nothing."""
        return ""

    def evaluate(self, x: Sequence[float], names: Sequence[str]) -> float:
        """forward(x) as a finite float. InputError, naming gate and inputs, if there is none."""
        try:
            f = float(self.forward(*x))
        except OverflowError:
            f = math.inf
        except (ValueError, ZeroDivisionError) as error:
            raise InputError(f"{self._where(x, names)}: {self.rule}") from error
        if not math.isfinite(f):
            raise InputError(f"{self._where(x, names)}: the result does not fit into a float64")
        return f

    def slopes(self, f: float, x: Sequence[float], names: Sequence[str]) -> tuple[float, ...]:
        """local(f, x) as finite floats, one for each input; InputError if there are none."""
        try:
            local = tuple(float(slope) for slope in self.local(f, *x))
        except (ArithmeticError, ValueError):
            local = ()
        if not local or not all(map(math.isfinite, local)):
            raise InputError(f"{self._where(x, names)}: there is no finite slope at this point")
        if len(local) != len(x):
            raise InputError(
                f"{type(self).__name__}.local: expected one slope for each of the {len(x)} "
                f"inputs, received {len(local)}"
            )
        return local

    def _where(self, x: Sequence[float], names: Sequence[str]) -> str:
        values = ", ".join(
            f"{name} = {value:g}" for name, value in dict(zip(names, x, strict=True)).items()
        )
        return f"{self.text(*names)} with {values}"


def term(x: str) -> str:
    """``x`` as it stands after an operator: ``3 × (-4)``, ``3 × (x + y)``."""
    return f"({x})" if x.startswith("-") else factor(x)


def factor(x: str) -> str:
    """``x`` as it stands before ``×`` or ``/``: in parentheses if it has an operator outside of
    those of its own."""
    depth, loose = 0, False
    for character in x:
        depth += (character == "(") - (character == ")")
        loose = loose or (character == " " and depth == 0)
    return f"({x})" if loose else x
