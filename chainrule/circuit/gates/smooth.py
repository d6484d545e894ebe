"""Smooth functions of one input. Where the slope is a function of the output, it is written so."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .base import Gate, term

RAISED = str.maketrans("0123456789-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·")


class Exp(Gate):
    """f = eˣ        df/dx = eˣ = f

    >>> f = Exp().forward(0.0)
    >>> f, Exp().local(f, 0.0)
    (1.0, (1.0,))
    """

    symbol = "exp"

    def forward(self, x: float) -> float:
        return math.exp(x)

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (f,)


class Log(Gate):
    """f = log x, the natural logarithm        df/dx = 1 / x

    >>> f = Log().forward(1.0)
    >>> f, Log().local(f, 1.0)
    (0.0, (1.0,))
    """

    symbol = "log"
    rule = "the logarithm needs a positive number"

    def forward(self, x: float) -> float:
        return math.log(x)

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (1 / x,)


class Reciprocal(Gate):
    """f = 1 / x        df/dx = -1 / x² = -f²

    >>> f = Reciprocal().forward(4.0)
    >>> f, Reciprocal().local(f, 4.0)
    (0.25, (-0.0625,))
    """

    symbol = "1/x"
    rule = "the reciprocal of zero"

    def forward(self, x: float) -> float:
        return 1 / x

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (-f * f,)

    def text(self, *x: str) -> str:
        return f"1 / {term(x[0])}"


@dataclass(frozen=True)
class Power(Gate):
    """f = xᵖ with a constant p        df/dx = p · xᵖ⁻¹

    >>> f = Power(3.0).forward(2.0)
    >>> f, Power(3.0).local(f, 2.0)
    (8.0, (12.0,))
    """

    p: float
    rule = "a power needs x > 0, or x ≠ 0 and a whole exponent, or x = 0 and an exponent ≥ 0"

    @property
    def symbol(self) -> str:
        return f"x{self.p:.4g}".translate(RAISED)

    def forward(self, x: float) -> float:
        return math.pow(x, self.p)

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (self.p * math.pow(x, self.p - 1) if self.p else 0.0,)

    def text(self, *x: str) -> str:
        return f"{term(x[0])}^{self.p:.4g}"


class Square(Gate):
    """f = x²        df/dx = 2x

    >>> f = Square().forward(3.0)
    >>> f, Square().local(f, 3.0)
    (9.0, (6.0,))
    """

    symbol = "x²"

    def forward(self, x: float) -> float:
        return x * x

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (2 * x,)

    def text(self, *x: str) -> str:
        return f"{term(x[0])}²"


class Sqrt(Gate):
    """f = √x        df/dx = 1 / (2√x) = 1 / 2f

    >>> f = Sqrt().forward(4.0)
    >>> f, Sqrt().local(f, 4.0)
    (2.0, (0.25,))
    """

    symbol = "√"
    rule = "the square root needs a number of 0 or more"

    def forward(self, x: float) -> float:
        return math.sqrt(x)

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (1 / (2 * f),)


class Sigmoid(Gate):
    """f = σ(x) = 1 / (1 + e⁻ˣ)        df/dx = f (1 - f)

    >>> f = Sigmoid().forward(0.0)
    >>> f, Sigmoid().local(f, 0.0)
    (0.5, (0.25,))
    """

    symbol = "σ"

    def forward(self, x: float) -> float:
        e = math.exp(-abs(x))  # never overflows
        return 1 / (1 + e) if x >= 0 else e / (1 + e)

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (f * (1 - f),)


class Tanh(Gate):
    """f = tanh x        df/dx = 1 - f²

    >>> f = Tanh().forward(0.0)
    >>> f, Tanh().local(f, 0.0)
    (0.0, (1.0,))
    """

    symbol = "tanh"

    def forward(self, x: float) -> float:
        return math.tanh(x)

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (1 - f * f,)
