"""The complementary error function in plain array code: NumPy has none."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...arrays import namespace
from ...types import Array

# W. J. Cody 1969, "Rational Chebyshev approximations for the error function", for the ranges
# |x| ≤ 0.46875, |x| ≤ 4 and beyond: numerators and denominators, highest power first.
NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
     2.84423683343917062e3),
)  # fmt: skip
MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
     1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3,
     1.23033935480374942e3),
)  # fmt: skip
FAR = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1,
     1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1,
     6.05183413124413191e-2, 2.33520497626869185e-3),
)  # fmt: skip


def erfc(x: Array) -> Array:
    """erfc(x) = 2/√π ∫ₓ^∞ exp(-t²) dt, to a relative error of 1e-15 (float64), also in the tail."""
    xp = namespace(x)
    size = xp.abs(x)

    small = xp.minimum(size, 0.46875)
    near = 1 - small * _ratio(NEAR, small * small)

    middle = xp.clip(size, 0.46875, 4)
    middle_tail = _exp_of_minus_square(middle) * _ratio(MIDDLE, middle)

    large = xp.clip(size, 4, 28)  # erfc(28) is 0 in float64
    inverse = 1 / (large * large)
    ratio = 1 / math.sqrt(math.pi) - inverse * _ratio(FAR, inverse)
    far = _exp_of_minus_square(large) * ratio / large

    of_size = xp.where(size <= 0.46875, near, xp.where(size <= 4, middle_tail, far))
    return xp.where(x < 0, 2 - of_size, of_size)


def _ratio(coefficients: Sequence[Sequence[float]], x: Array) -> Array:
    numerator, denominator = (_polynomial(c, x) for c in coefficients)
    return numerator / denominator


def _polynomial(coefficients: Sequence[float], x: Array) -> Array:
    xp = namespace(x)
    total = xp.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        total = total * x + c
    return total


def _exp_of_minus_square(x: Array) -> Array:
    """exp(-x²) without the rounding error of x², which the exponential would magnify by x².

    x = a + b with a in sixteenths, whose square is exact: x² = a² + (x - a)(x + a).
    """
    xp = namespace(x)
    a = xp.floor(x * 16) / 16
    y: Array = xp.exp(-a * a) * xp.exp(-(x - a) * (x + a))
    return y
