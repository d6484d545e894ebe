"""Sums and products. Add passes the gradient on; multiply swaps its inputs."""

from __future__ import annotations

from dataclasses import dataclass

from .base import Gate, factor, term


class Add(Gate):
    """f = x + y        ∂f/∂x = 1        ∂f/∂y = 1

    Passes the upstream gradient on to both inputs, unchanged.

    >>> f = Add().forward(3.0, 4.0)
    >>> f, Add().local(f, 3.0, 4.0)
    (7.0, (1.0, 1.0))
    """

    symbol, arity = "+", 2

    def forward(self, x: float, y: float) -> float:
        return x + y

    def local(self, f: float, x: float, y: float) -> tuple[float, ...]:
        return 1.0, 1.0

    def text(self, *x: str) -> str:
        return f"{x[0]} + {term(x[1])}"


class Subtract(Gate):
    """f = x - y        ∂f/∂x = 1        ∂f/∂y = -1

    >>> f = Subtract().forward(3.0, 4.0)
    >>> f, Subtract().local(f, 3.0, 4.0)
    (-1.0, (1.0, -1.0))
    """

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

    >>> f = Multiply().forward(3.0, 4.0)
    >>> f, Multiply().local(f, 3.0, 4.0)
    (12.0, (4.0, 3.0))
    """

    symbol, arity = "×", 2

    def forward(self, x: float, y: float) -> float:
        return x * y

    def local(self, f: float, x: float, y: float) -> tuple[float, ...]:
        return y, x

    def text(self, *x: str) -> str:
        return f"{factor(x[0])} × {term(x[1])}"


class Divide(Gate):
    """f = x / y        ∂f/∂x = 1 / y        ∂f/∂y = -x / y² = -f / y

    >>> f = Divide().forward(3.0, 4.0)
    >>> f, Divide().local(f, 3.0, 4.0)
    (0.75, (0.25, -0.1875))
    """

    symbol, arity, ordered = "÷", 2, True
    rule = "division by zero"

    def forward(self, x: float, y: float) -> float:
        return x / y

    def local(self, f: float, x: float, y: float) -> tuple[float, ...]:
        return 1 / y, -f / y

    def text(self, *x: str) -> str:
        return f"{factor(x[0])} / {term(x[1])}"


class Negate(Gate):
    """f = -x        df/dx = -1

    >>> f = Negate().forward(3.0)
    >>> f, Negate().local(f, 3.0)
    (-3.0, (-1.0,))
    """

    symbol = "×-1"

    def forward(self, x: float) -> float:
        return -x

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (-1.0,)

    def text(self, *x: str) -> str:
        return f"-1 × {term(x[0])}"


@dataclass(frozen=True)
class AddConstant(Gate):
    """f = x + c        df/dx = 1

    >>> f = AddConstant(5.0).forward(3.0)
    >>> f, AddConstant(5.0).local(f, 3.0)
    (8.0, (1.0,))
    """

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
    """f = c · x        df/dx = c

    >>> f = Scale(5.0).forward(3.0)
    >>> f, Scale(5.0).local(f, 3.0)
    (15.0, (5.0,))
    """

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
    """f = x / c        df/dx = 1 / c

    >>> f = DivideBy(4.0).forward(3.0)
    >>> f, DivideBy(4.0).local(f, 3.0)
    (0.75, (0.25,))
    """

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
        return f"{factor(x[0])} / {term(f'{self.c:.4g}')}"
