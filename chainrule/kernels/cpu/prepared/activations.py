"""Activations of one row in place, by number; see ``chainrule.kernels.cpu.exponential``."""

from __future__ import annotations

import numpy as np

from ...reference.smooth_activations import CUBIC, FLAT, ROOT
from ..exponential import above, below, exp, expm1, log1p, normal, sigmoid, tanh
from ..loops import inline, part

F = np.float32
ZERO, ONE = F(0), F(1)
LOW, HIGH = F(-FLAT), F(FLAT)
SELU_SCALE, SELU_ALPHA = F(1.0507009873554805), F(1.6732632423543772)

NAMES = (
    "none", "relu", "relu6", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "softplus", "silu",
    "hard_swish", "mish", "gelu", "gelu_tanh",
)  # fmt: skip
"""Each stands at its number. The first three are bounds, which a product ends with."""


@inline
def _softplus(x, beta):
    z = beta * x
    return (above(z, ZERO) + log1p(exp(-abs(z)))) / beta


@part
def activate(code, p, y):
    """y = f(y), with the number ``p`` of those that have one"""
    if code == 1:
        for i in range(y.size):
            y[i] = above(y[i], ZERO)
    elif code == 2:
        for i in range(y.size):
            y[i] = below(above(y[i], ZERO), F(6))
    elif code == 3:
        for i in range(y.size):
            y[i] = p * y[i] if y[i] < ZERO else y[i]
    elif code == 4 or code == 5:
        scale, alpha = (ONE, p) if code == 4 else (SELU_SCALE, SELU_ALPHA)
        for i in range(y.size):
            y[i] = scale * (y[i] if y[i] > ZERO else alpha * expm1(below(y[i], ZERO)))
    elif code == 6:
        for i in range(y.size):
            y[i] = sigmoid(y[i])
    elif code == 7:
        for i in range(y.size):
            y[i] = tanh(y[i])
    elif code == 8:
        for i in range(y.size):
            y[i] = _softplus(y[i], p)
    elif code == 9:
        for i in range(y.size):
            y[i] = above(y[i], LOW) * sigmoid(y[i])
    elif code == 10:
        for i in range(y.size):
            y[i] = above(y[i], F(-3)) * below(above(y[i] + F(3), ZERO), F(6)) / F(6)
    elif code == 11:
        for i in range(y.size):
            y[i] = above(y[i], LOW) * tanh(_softplus(y[i], ONE))
    elif code == 12:
        for i in range(y.size):
            y[i] = above(y[i], LOW) * normal(y[i])[1]
    elif code == 13:
        for i in range(y.size):
            x = below(above(y[i], LOW), HIGH)
            y[i] = above(y[i], LOW) * sigmoid(F(2 * ROOT) * (x + F(CUBIC) * x * x * x))
