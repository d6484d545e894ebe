"""The update that makes a matrix of momenta nearly orthogonal before it takes the step."""

from __future__ import annotations

from collections.abc import Callable

from ...arrays import namespace
from ...types import Array
from .. import precision
from .matmul import matmul

__all__ = ["muon"]

Product = Callable[[Array, Array], Array]

# p(σ) = a σ + b σ³ + c σ⁵ has the steepest slope at 0 that still keeps every singular value
# in about (0.7, 1.2) once it is there (Jordan 2024).
COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def muon(
    w: Array, grad: Array, m: Array, lr: float, momentum: float, nesterov: bool, ns_steps: int,
    scale: float, weight_decay: float,
) -> None:  # fmt: skip
    """m ← μ m + (1-μ) g        u = μ m + (1-μ) g  (Nesterov; otherwise m)
    w ← w - lr λ w - lr scale · orthogonal(u)

    ``w``, of any shape (…, out), is read as the matrix (rest, out).
    """
    update(matmul, w, grad, m, lr, momentum, nesterov, ns_steps, scale, weight_decay)


def update(
    product: Product, w: Array, grad: Array, m: Array, lr: float, momentum: float, nesterov: bool,
    ns_steps: int, scale: float, weight_decay: float,
) -> None:  # fmt: skip
    """``muon`` with the matrix product of a back end."""
    m *= momentum
    m += (1 - momentum) * grad
    u = momentum * m + (1 - momentum) * grad if nesterov else m
    if u.size == 0:
        return
    with precision.using("float32-strict"):  # as every update
        u = orthogonal(u.reshape(-1, w.shape[-1]), ns_steps, product)
    w *= 1 - lr * weight_decay
    w -= lr * scale * u.reshape(w.shape)


def orthogonal(g: Array, steps: int, product: Product = matmul) -> Array:
    """g = U Σ Vᵀ  ->  nearly U Vᵀ        g (rows, columns)

    Newton and Schulz: X ← a X + b (X Xᵀ) X + c (X Xᵀ)² X, from X = g / ‖g‖, applies the odd
    polynomial p to every singular value and leaves U and V alone, with nothing but products.
    Five steps bring values from 0.01 up into about (0.7, 1.2), which is near enough to 1.

    The norm is taken of g over its largest entry, so that no square overflows.
    """
    xp = namespace(g)
    a, b, c = COEFFICIENTS
    tall = g.shape[0] > g.shape[1]
    x = g.T if tall else g  # the smaller of the two Gram matrices
    size = float(xp.abs(x).max()) if x.size else 0.0
    if size == 0:
        return g
    x = x / size
    x = x / (xp.sqrt((x * x).sum()) + 1e-7 / size)
    for _ in range(steps):
        gram = product(x, x.T)
        x = a * x + product(b * gram + c * product(gram, gram), x)
    result: Array = x.T if tall else x
    return result
