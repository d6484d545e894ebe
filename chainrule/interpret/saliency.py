"""Which pixels a small change of would change the score most: the gradient itself."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from ..declared import checked
from ..layers.base import Layer
from ..random import generator
from ..ranges import Count, NonNegativeInt, PositiveFloat
from ..types import Array
from .given import Given, Target, given
from .heat_maps import HeatMaps, found, strongest
from .inference import Score

Samples = Annotated[int, Meta(ge=0, le=1_000_000)]


@checked
def saliency(
    model: Layer,
    images: Any,
    target: Target = None,
    *,
    samples: Samples = 0,
    noise: PositiveFloat = 0.15,
    seed: NonNegativeInt = 0,
    score: Score = "logit",
    batch_size: Count | None = None,
) -> HeatMaps:
    """map = max over c of |∂s / ∂x[n, i, j, c]|        images (N, H, W, C) · maps (N, H, W)

    s is the logit of ``target``, or its probability with ``score="probability"``; the target is a
    class by its number or name, one for all or one for each image, by default the predicted one.
    One image (H, W, C) is a batch of one. The model predicts meanwhile: dropout drops nothing,
    batch norm uses its running statistics, and nothing of the model changes.

    SmoothGrad with ``samples`` above 0: the gradient is the mean over so many copies of the image
    with Gaussian noise, of a standard deviation of ``noise`` times the image's range.

        ∂s/∂x  ←  1/n Σₖ ∂s/∂x (x + εₖ),  εₖ ~ N(0, (noise · (max x - min x))²)

    InputError for images and classes that the model does not have, and weights that are not finite.

    Source: Simonyan et al. 2013, "Deep inside convolutional networks"; Smilkov et al. 2017,
    "SmoothGrad: removing noise by adding noise".

    >>> from chainrule import data, models
    >>> model = models.mlp((8, 8, 1), (8,), 10).init(0)
    >>> found = saliency(model, data.digits()[1].images[:3], target=7, samples=4)
    >>> found.maps.shape, found.targets.tolist()
    ((3, 8, 8), [7, 7, 7])
    """
    asked = given(model, images, target)
    if samples:
        gradient = _smooth(asked, samples, noise, seed, score, batch_size)
    else:
        _, gradient = asked.inference.gradient(asked.x, asked.targets, score, batch_size)
    return HeatMaps(
        **found(asked, strongest(gradient), gradient, "smoothgrad" if samples else "saliency")
    )


def _smooth(
    asked: Given, samples: int, noise: float, seed: int, score: Score, batch_size: int | None
) -> Array:
    """The mean gradient (N, H, W, C) over noisy copies, whatever the size of a batch."""
    x = asked.x
    mean = np.zeros_like(x)
    deviation = noise * np.ptp(x, axis=(1, 2, 3), keepdims=True)
    for k in range(samples):
        noisy = x + deviation * generator("smoothgrad", seed, k).standard_normal(x.shape, x.dtype)
        mean += asked.inference.gradient(noisy, asked.targets, score, batch_size)[1]
    return mean / samples
