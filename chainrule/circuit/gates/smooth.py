"""Smooth functions of one input. Where the slope is a function of the output, it is written so."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .base import Gate, term

RAISED = str.maketrans("0123456789-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·")


class Exp(Gate):
    """f = eˣ        df/dx = eˣ = f"""

    symbol = "exp"

    def forward(self, x: float) -> float:
        return math.exp(x)

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (f,)


class Log(Gate):
    """f = log x, the natural logarithm        df/dx = 1 / x"""

    symbol = "log"
    rule = "the logarithm needs a positive number"

    def forward(self, x: float) -> float:
        return math.log(x)

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (1 / x,)


class Reciprocal(Gate):
    """f = 1 / x        df/dx = -1 / x² = -f²"""

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
    """f = xᵖ with a constant p        df/dx = p · xᵖ⁻¹"""

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
    """f = x²        df/dx = 2x"""

    symbol = "x²"

    def forward(self, x: float) -> float:
        return x * x

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (2 * x,)

    def text(self, *x: str) -> str:
        return f"{term(x[0])}²"


class Sqrt(Gate):
    """f = √x        df/dx = 1 / (2√x) = 1 / 2f"""

    symbol = "√"
    rule = "the square root needs a number of 0 or more"

    def forward(self, x: float) -> float:
        return math.sqrt(x)

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (1 / (2 * f),)


class Sigmoid(Gate):
    """f = σ(x) = 1 / (1 + e⁻ˣ)        df/dx = f (1 - f)"""

    symbol = "σ"

    def forward(self, x: float) -> float:
        e = math.exp(-abs(x))  # never overflows
        return 1 / (1 + e) if x >= 0 else e / (1 + e)

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (f * (1 - f),)


class Tanh(Gate):
    """f = tanh x        df/dx = 1 - f²"""

    symbol = "tanh"

    def forward(self, x: float) -> float:
        return math.tanh(x)

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (1 - f * f,)
