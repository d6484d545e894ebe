"""The one function: it looks what it was given, and how."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import kernels
from ..arrays import native
from ..declared import checked
from ..layers.base import Layer
from ..losses import Loss
from ..notation import Text
from ..optim.base import Optimizer
from ..types import Array
from .layer import explain_layer
from .loss import explain_loss
from .optimizer import explain_optimizer

Inputs = tuple[Array, ...]


@checked
def explain(
    thing: Layer | Loss | Optimizer,
    x: Any = None,
    *,
    dy: Any = None,
    backend: str = "cpu",
    time: bool = False,
) -> Text:
    """Formula, shapes and numbers of one forward and one backward, as text to print. Where stdout
    has no Greek letters, ``print`` shows their names.

    A layer is shown with its parameters, the output and cache for ``x``, the gradients for the
    upstream gradient ``dy``, and one entry of each beside its central difference in float64. A
    loss is shown at ``x`` = (outputs, targets), an optimizer at ``x`` = (weights, gradient).
    Where x or dy is not given, small ones are made up. Several inputs go in a tuple.

    ``backend`` names the kernels, "cpu" or "reference". ``time`` adds the milliseconds that a
    layer takes with either, for many such inputs at once. ``thing`` itself is left as it is.

    InputError for another thing, an unknown backend, or a layer for which no input could be
    made up; ShapeError for an x that it does not take.

    >>> from chainrule.layers import ReLU
    >>> print(explain(ReLU(), [[-1.0, 2.0]]).splitlines()[0])
    ReLU()
    """
    inputs = _arrays(x)
    with kernels.use(backend):
        if isinstance(thing, Layer):
            upstream = None if dy is None else _array(dy)
            return Text(explain_layer(thing, inputs, upstream, time=time))
        if isinstance(thing, Loss):
            return Text(explain_loss(thing, inputs))
        return Text(explain_optimizer(thing, inputs))


def _arrays(x: Any) -> Inputs | None:
    if x is None:
        return None
    return tuple(map(_array, x)) if isinstance(x, tuple) else (_array(x),)


def _array(x: Any) -> Array:
    """An array as it is; Python's floats as float32, which is what layers work in."""
    if isinstance(x, np.ndarray):
        return x
    array = native("x", x)
    return array.astype(np.float32) if array.dtype == np.float64 else array
