"""Integrated gradients: attributions that add up to what the model said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..layers.base import Layer
from ..ranges import Count
from ..types import Array
from .given import Target, as_input, given, pixel_value
from .heat_maps import HeatMaps, found
from .inference import Score, scored


@dataclass(frozen=True, eq=False, repr=False)
class IntegratedGradients(HeatMaps):
    """The maps, and by how much their sums miss what they stand for.

    difference  (N,), f(x) - f(baseline)
    gap         (N,), |Σ attributions - difference|: 0 in the limit of many steps
    baseline    (N, H, W, C), where the ways began

    For the other fields see `HeatMaps`; ``values`` (N, H, W, C) are the attributions.

    >>> from chainrule import data, models
    >>> from chainrule.interpret import integrated_gradients
    >>> model = models.mlp((8, 8, 1), (8,), 10).init(0)
    >>> found = integrated_gradients(model, data.digits()[1].images[:2], steps=100)
    >>> bool((found.gap < 0.01).all())
    True
    """

    difference: Array
    gap: Array
    baseline: Array

    _right: ClassVar = {0, 2, 3, 4}

    def _columns(self) -> list[str]:
        return ["f(x) - f(baseline)", "completeness gap"]

    def _cells(self, i: int) -> list[str]:
        return [f"{self.difference[i]:.4g}", f"{self.gap[i]:.2g}"]


@checked
def integrated_gradients(
    model: Layer,
    images: Any,
    target: Target = None,
    *,
    baseline: Any = None,
    steps: Count = 50,
    score: Score = "logit",
    batch_size: Count | None = None,
) -> IntegratedGradients:
    """a = (x - x′) · 1/m Σₖ ∂f/∂x (x′ + (k - ½)/m (x - x′)),  k = 1 … m

        x, a (N, H, W, C), ``values`` · maps (N, H, W) = Σ over c of a · m ``steps``

    the integral of the gradient along the straight way from the baseline x′ to the image, by the
    midpoint rule. Attributions are complete: their sum is f(x) - f(x′), but for the ``gap`` that
    is measured for each image; more steps make it smaller. A pixel that is as in the baseline gets
    0, whatever it means.

    f is the score of ``target`` as in `saliency`. ``baseline`` is black unless an image, or one
    for each image, in the form of ``images``, or a number for all pixels (in 0..1 where the model
    normalizes pixels) says otherwise.

    InputError for a baseline of another shape, and as from `saliency`.

    Source: Sundararajan et al. 2017, "Axiomatic attribution for deep networks".

    A linear model has the same gradient everywhere, and its gap is 0 but for rounding:

    >>> import numpy as np
    >>> from chainrule import layers
    >>> model = layers.Sequential(layers.Flatten(), layers.Linear(4, 2)).init(0)
    >>> image = np.arange(4, dtype=np.float32).reshape(2, 2, 1)
    >>> found = integrated_gradients(model, image, target=1, steps=1)
    >>> bool(np.allclose(found.values.ravel(), image.ravel() * model[1].weight.value[:, 1]))
    True
    """
    asked = given(model, images, target)
    x, targets = asked.x, asked.targets
    start = _baseline(model, baseline, x)
    total = np.zeros(x.shape, np.float64)
    for k in range(steps):
        at = start + x.dtype.type((k + 0.5) / steps) * (x - start)
        total += asked.inference.gradient(at, targets, score, batch_size)[1]
    attributions = ((x - start) * (total / steps)).astype(x.dtype)
    inference = asked.inference
    ends = [
        scored(inference.logits(end), targets, score)[0].astype(np.float64) for end in (x, start)
    ]
    difference = ends[0] - ends[1]
    gap = np.abs(attributions.sum(axis=(1, 2, 3), dtype=np.float64) - difference)
    fields = found(
        asked, attributions.sum(axis=-1), attributions, "integrated_gradients", signed=True
    )
    return IntegratedGradients(**fields, difference=difference, gap=gap, baseline=start)


def _baseline(model: Layer, baseline: Any, x: Array) -> Array:
    """Where each way begins, in the shape of x."""
    if baseline is None:
        return np.zeros_like(x)
    if not hasattr(baseline, "__len__") or getattr(baseline, "shape", None) == ():
        single = baseline.item() if isinstance(baseline, np.ndarray | np.generic) else baseline
        return np.full_like(x, pixel_value(model, baseline=single))
    start = as_input(model, baseline, "baseline")
    if start.shape[1:] != x.shape[1:] or len(start) not in (1, len(x)):
        raise InputError(
            f"baseline: expected one image {x.shape[1:]} or one for each of {x.shape[0]:,}, "
            f"received an array of shape {np.shape(baseline)}"
        )
    return np.array(np.broadcast_to(start, x.shape))
