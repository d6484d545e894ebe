"""Gates that compute nothing: they choose where the gradient goes."""

from __future__ import annotations

from .base import Gate


class Copy(Gate):
    """f = x, handed to everyone who asks        df/dx = 1

    The gradients that come back along the copies are summed: each copy is a way in which x
    changes the result.

    >>> f = Copy().forward(3.0)
    >>> f, Copy().local(f, 3.0)
    (3.0, (1.0,))
    """

    symbol = "copy"

    def forward(self, x: float) -> float:
        return x

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (1.0,)


class Max(Gate):
    """f = max(x, y, …)        the slope is 1 for the winner and 0 for all others

    A router: the whole gradient goes to the input that won. Of equal inputs the first wins.

    >>> f = Max().forward(3.0, 4.0)
    >>> f, Max().local(f, 3.0, 4.0)
    (4.0, (0.0, 1.0))
    """

    symbol, arity = "max", None

    def forward(self, *x: float) -> float:
        return max(x)

    def local(self, f: float, *x: float) -> tuple[float, ...]:
        winner = x.index(f)
        return tuple(float(i == winner) for i in range(len(x)))

    def kink(self, *x: float) -> str:
        return "a tie: the first of the largest inputs wins" if x.count(max(x)) > 1 else ""


class Min(Gate):
    """f = min(x, y, …)        the slope is 1 for the winner and 0 for all others

    Of equal inputs the first wins.

    >>> f = Min().forward(3.0, 4.0)
    >>> f, Min().local(f, 3.0, 4.0)
    (3.0, (1.0, 0.0))
    """

    symbol, arity = "min", None

    def forward(self, *x: float) -> float:
        return min(x)

    def local(self, f: float, *x: float) -> tuple[float, ...]:
        winner = x.index(f)
        return tuple(float(i == winner) for i in range(len(x)))

    def kink(self, *x: float) -> str:
        return "a tie: the first of the smallest inputs wins" if x.count(min(x)) > 1 else ""


class ReLU(Gate):
    """f = max(x, 0)        df/dx = 1 where x > 0, else 0

    >>> f = ReLU().forward(3.0)
    >>> f, ReLU().local(f, 3.0)
    (3.0, (1.0,))
    """

    symbol = "relu"

    def forward(self, x: float) -> float:
        return max(x, 0.0)

    def local(self, f: float, x: float) -> tuple[float, ...]:
        return (1.0 if x > 0 else 0.0,)

    def kink(self, *x: float) -> str:
        return "at 0 the slope is taken as 0" if x[0] == 0 else ""
