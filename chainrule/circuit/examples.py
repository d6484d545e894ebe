"""Two circuits that every course draws, with their numbers."""

from __future__ import annotations

from collections.abc import Callable

from .functions import exp, inputs
from .graph import Circuit


def report_c() -> Circuit:
    """f = (x + y) z at x = -2, y = 5, z = -4: f = -12, and the gradients are -4, -4, 3.

    Add passes the gradient on, multiply swaps its inputs.
    """
    x, y, z = inputs(x=-2, y=5, z=-4)
    q = (x + y).named("q")
    f = (q * z).named("f")
    f.backward()
    return f.circuit()


def report_e() -> Circuit:
    """σ(w0 x0 + w1 x1 + w2) = 1 / (1 + exp(-(w0 x0 + w1 x1 + w2))), gate by gate.

    A neuron with two inputs at w0 = 2, x0 = -1, w1 = -3, x1 = -2, w2 = -3. Its output is 0.73;
    the four gates after the sum are together one sigmoid, whose slope is 0.73 · (1 - 0.73).
    Source: Stanford's CS231n notes on back-propagation.
    """
    w0, x0, w1, x1, w2 = inputs(w0=2, x0=-1, w1=-3, x1=-2, w2=-3)
    s = (w0 * x0 + w1 * x1 + w2).named("s")
    f = (1 / (1 + exp(-s))).named("f")
    f.backward()
    return f.circuit()


EXAMPLES: dict[str, Callable[[], Circuit]] = {"sum-times-z": report_c, "neuron": report_e}
"""Circuits to look at, by name."""
