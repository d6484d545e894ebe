"""Forward, loss, backward: what every training step does before its update."""

from __future__ import annotations

from collections.abc import Callable

from .layers.base import Layer
from .types import Array

Criterion = Callable[[Array, Array], tuple[float, Array]]
"""A `Loss`, or whatever else gives ``loss, dlogits`` for ``logits, targets``."""


def forward_backward(
    model: Layer, x: Array, targets: Array, loss: Criterion, *, share: float = 1.0
) -> tuple[float, Array]:
    """L = loss(model(x), targets)        adds share · dL/dw to the gradient of every parameter w

    Returns (L, logits). ``x`` (N, …) and ``targets``, (N,) or what ``loss`` takes, are one batch,
    or a part of one: the gradient of a batch is the sum over its parts if ``share`` is the part
    of it that each holds, for a loss is a mean. Gradients are not cleared before. Frozen parameters
    have none, and the frozen layers before the first that learns predict.

    Raises ShapeError or InputError, as the model and the loss do.

    >>> import numpy as np
    >>> from chainrule.layers import Linear
    >>> from chainrule.losses import MSE
    >>> model = Linear(1, 1).init()
    >>> model.weight.value[:] = 3
    >>> forward_backward(model, np.ones((1, 1), np.float32), np.ones((1, 1), np.float32), MSE())
    (4.0, array([[3.]], dtype=float32))
    >>> model.weight.grad
    array([[4.]], dtype=float32)
    """
    logits, cache = model.forward_parameters(x)
    value, dlogits = loss(logits, targets)
    model.backward_parameters(dlogits if share == 1 else share * dlogits, cache)
    return value, logits
