"""Weights scaled by what the layers make of real images."""

from __future__ import annotations

import contextlib
import math

import numpy as np

from .. import require
from ..arrays import native
from ..declared import checked
from ..errors import InputError
from ..layers.base import Layer
from ..layers.observe import observe
from ..layers.variables import Parameter
from ..types import Array


@checked
def lsuv(
    model: Layer, images: Array, *, tol: float = 0.1, max_iterations: int = 10
) -> dict[str, float]:
    """W ← W / √Var(y), layer after layer, until each output y has |Var(y) - 1| < tol

    Layer-sequential unit variance: for every layer with a weight of 2 or more axes, in the order
    in which the images meet them, the variance of its output for ``images`` (N, H, W, C) is
    measured over all elements and its weight divided by the root, ``max_iterations`` times at
    most. The model must be initialized, best with Orthogonal; a few hundred images of the
    training set are enough. Dropout is off, and batch norms use their running statistics.

    Returns the factor of each weight by its path. InputError if an output does not vary or is
    not finite (no scale would help); every weight then is as it was.

    Source: Mishkin and Matas 2016, "All you need is a good init".

    >>> import numpy as np
    >>> import chainrule as cr
    >>> layer = cr.layers.Linear(100, 50).init(0)
    >>> x = np.random.default_rng(0).standard_normal((200, 100), np.float32)
    >>> factors = lsuv(layer, x)
    >>> list(factors), round(float(layer(x).var()), 1)
    (['weight'], 1.0)
    """
    require.positive(tol=tol)
    require.integer(1, max_iterations=max_iterations)
    images = model.device.put(native("images", images))
    weights = _weights_in_order(model, images)
    before = [weight.value for _, weight in weights.values()]
    factors = {}
    try:
        for path, (layer, weight) in weights.items():
            factor = 1.0
            for _ in range(max_iterations):
                variance = _output_variance(model, layer, images, path)
                if abs(variance - 1) < tol:
                    break
                factor /= math.sqrt(variance)
                weight.value = weight.value / weight.value.dtype.type(math.sqrt(variance))
            factors[path] = factor
    except BaseException:
        for (_, weight), value in zip(weights.values(), before, strict=True):
            weight.value = value
        raise
    return factors


def _weights_in_order(model: Layer, images: Array) -> dict[str, tuple[Layer, Parameter]]:
    """By path, the layers to scale with their weights, as the images meet them first."""
    found: dict[str, tuple[Layer, Parameter]] = {}

    def note(path: str, layer: Layer, x: Array, y: Array) -> None:
        weight = getattr(layer, "weight", None)
        if isinstance(weight, Parameter) and len(weight.shape) >= 2:
            found.setdefault(f"{path}.weight" if path else "weight", (layer, weight))

    with observe(model, on_forward=note), np.errstate(all="ignore"):
        model(images)
    return found


class _Measured(Exception):
    """Thrown out of the model: what comes after the layer need not be computed."""


def _output_variance(model: Layer, layer: Layer, images: Array, path: str) -> float:
    variance = math.nan

    def measure(_: str, running: Layer, x: Array, y: Array) -> None:
        nonlocal variance
        if running is layer:
            variance = float(y.var(dtype=np.float64))
            raise _Measured

    with (
        contextlib.suppress(_Measured),
        np.errstate(all="ignore"),
        observe(model, on_forward=measure),
    ):
        model(images)
    if not 0 < variance < math.inf:
        raise InputError(
            f"{path}: over these images the layer's output has variance {variance:g}, which no "
            "scale makes 1; give images that vary and weights that are finite and not all 0"
        )
    return variance
