"""Sums and products. Add passes the gradient on; multiply swaps its inputs."""

from __future__ import annotations

from dataclasses import dataclass

from .base import Gate, term


class Add(Gate):
    """f = x + y        ∂f/∂x = 1        ∂f/∂y = 1

    Passes the upstream gradient on to both inputs, unchanged.
    """

    symbol, arity = "+", 2

    def forward(self, x: float, y: float) -> float:
        return x + y

    def local(self, f: float, x: float, y: float) -> tuple[float, ...]:
        return 1.0, 1.0

    def text(self, *x: str) -> str:
        return f"{x[0]} + {term(x[1])}"


class Subtract(Gate):
    """f = x - y        ∂f/∂x = 1        ∂f/∂y = -1"""

    symbol, arity, ordered = "-", 2, True

    def forward(self, x: float, y: float) -> float:
        return x - y

    def local(self, f: float, x: float, y: float) -> tuple[float, ...]:
        return 1.0, -1.0

    def text(self, *x: str) -> str:
        return f"{x[0]} - {term(x[1])}"


class Multiply(Gate):
    """f = x · y        ∂f/∂x = y        ∂f/∂y = x

    The swap: each input's slope is the other input's value.
    """

    symbol, arity = "×", 2

    def forward(self, x: float, y: float) -> float:
        return x * y

    def local(self, f: float, x: float, y: float) -> tuple[float, ...]:
        return y, x

    def text(self, *x: str) -> str:
        return f"{x[0]} × {term(x[1])}"


class Divide(Gate):
    """f = x / y        ∂f/∂x = 1 / y        ∂f/∂y = -x / y² = -f / y"""

    symbol, arity, ordered = "÷", 2, True
    rule = "division by zero"

    def forward(self, x: float, y: float) -> float:
        return x / y

    def local(self, f: float, x: float, y: float) -> tuple[float, ...]:
        return 1 / y, -f / y

    def text(self, *x: str) -> str:
        return f"{x[0]} / {term(x[1])}"


class Negate(Gate):
    """f = -x        df/dx = -1"""

    symbol = "×-1"

    def forward(self, x: float) -> float:
        return -x

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (-1.0,)

    def text(self, *x: str) -> str:
        return f"-1 × {term(x[0])}"


@dataclass(frozen=True)
class AddConstant(Gate):
    """f = x + c        df/dx = 1"""

    c: float

    @property
    def symbol(self) -> str:
        return f"{self.c:+.4g}"

    def forward(self, x: float) -> float:
        return x + self.c

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (1.0,)

    def text(self, *x: str) -> str:
        return f"{x[0]} {'-' if self.c < 0 else '+'} {abs(self.c):.4g}"


@dataclass(frozen=True)
class Scale(Gate):
    """f = c · x        df/dx = c"""

    c: float

    @property
    def symbol(self) -> str:
        return f"×{self.c:.4g}"

    def forward(self, x: float) -> float:
        return self.c * x

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (self.c,)

    def text(self, *x: str) -> str:
        return f"{self.c:.4g} × {term(x[0])}"


@dataclass(frozen=True)
class DivideBy(Gate):
    """f = x / c        df/dx = 1 / c"""

    c: float
    rule = "division by zero"

    @property
    def symbol(self) -> str:
        return f"÷{self.c:.4g}"

    def forward(self, x: float) -> float:
        return x / self.c

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (1 / self.c,)

    def text(self, *x: str) -> str:
        return f"{x[0]} / {term(f'{self.c:.4g}')}"
