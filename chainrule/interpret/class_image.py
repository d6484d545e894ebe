"""Images that a model takes for a class above all: gradient ascent on the pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import notebook
from ..declared import checked
from ..errors import InputError
from ..layers import Normalize
from ..layers.base import Layer, walk
from ..printable import printable
from ..random import generator
from ..ranges import Count, NonNegativeFloat, NonNegativeInt, PositiveFloat
from ..text import aligned, percent, plural
from ..types import Array
from .given import Target, class_names, class_number, is_several, shape_of
from .heat_maps import displayed, picture
from .inference import Inference, dtype_of, probabilities, takes_pixels
from .resampling import blurred

SHOWN = 20
NOISE = 0.02  # of the first image about the mean: a start without any would be the same for all


@dataclass(frozen=True, eq=False, repr=False)
class ClassImages:
    """Images made for N classes.

    images         (N, H, W, C), in 0..1 where the model normalizes pixels
    targets        int64 (N,)
    probabilities  (N,), which the model gives the classes at the end
    logits         (steps + 1, N), of the classes, before each step and at the end
    class_names    of all K classes

    >>> from chainrule import models
    >>> from chainrule.interpret import class_image
    >>> model = models.mlp((8, 8, 1), (8,), 10).init(0)
    >>> class_image(model, [3, 5], shape=(8, 8, 1), steps=10).images.shape
    (2, 8, 8, 1)
    """

    images: Array
    targets: Array
    probabilities: Array
    logits: Array
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def names(self) -> list[str]:
        """What the classes are called, N names."""
        return [self.class_names[k] for k in self.targets.tolist()]

    def rows(self) -> list[list[str]]:
        """A header, and a row for each of the first classes."""
        found = [
            [printable(name), percent(float(p)), f"{first:.3g}", f"{last:.3g}"]
            for name, p, first, last in zip(
                self.names, self.probabilities, self.logits[0], self.logits[-1], strict=True
            )
        ]
        return [["class", "probability", "logit before", "after"], *found[:SHOWN]]

    @property
    def title(self) -> str:
        """How many classes and steps, in words."""
        return f"Images of {plural(len(self), 'class')}, {plural(len(self.logits) - 1, 'step')}"

    def __repr__(self) -> str:
        more = [f"… {len(self) - SHOWN:,} more"] if len(self) > SHOWN else []
        return "\n".join([self.title, *aligned(self.rows(), right={1, 2, 3}), *more])

    def _repr_html_(self) -> str:
        header, *rows = self.rows()
        shown = [[picture(displayed(self.images[i])), *row] for i, row in enumerate(rows)]
        return notebook.html(self.title, [["", *header], *shown])


@checked
def class_image(
    model: Layer,
    target: Target = None,
    *,
    shape: Sequence[int] | None = None,
    steps: Count = 200,
    lr: PositiveFloat = 0.03,
    l2: NonNegativeFloat = 0.05,
    blur: NonNegativeFloat = 1.0,
    jitter: NonNegativeInt | None = None,
    seed: NonNegativeInt = 0,
) -> ClassImages:
    """x ← G(x + lr · g / rms(g) - l2 · (x - x̄))        images (N, H, W, C), one for each class

    g is the gradient of the logit of the class, taken on the image shifted by up to ``jitter``
    pixels at random, x̄ the mean color of the training images, from which the ascent begins (with
    noise of 0.02), and G a Gaussian of ``blur`` pixels that narrows to none towards the end; pixels
    stay in 0..1. Without regularization the result is a fooling pattern: l2 keeps colors near the
    mean, blur and jitter take away what lies in single pixels. ``jitter`` is a sixteenth of the
    shorter side by default.

    ``target`` is a class by number or name, or several; None is all of them. ``shape`` is that of
    an image (H, W, C), which a trained model knows.

    InputError for a class that there is not, an unknown shape, and weights that are not finite.

    Source: Simonyan et al. 2013, "Deep inside convolutional networks"; Yosinski et al. 2015,
    "Understanding neural networks through deep visualization".

    >>> from chainrule import models
    >>> model = models.mlp((8, 8, 1), (8,), 10).init(0)
    >>> found = class_image(model, 3, shape=(8, 8, 1), steps=30)
    >>> bool(found.logits[-1, 0] > found.logits[0, 0])
    True
    """
    inference = Inference(model)
    h, w, c = shape_of(model, shape)
    bounded, dtype = takes_pixels(model), dtype_of(model)
    mean = np.broadcast_to(_mean_color(model, dtype), (c,)).astype(dtype)
    blank = np.broadcast_to(mean, (1, h, w, c)).astype(dtype)
    names = class_names(model, inference.logits(blank).shape[1])
    targets = _targets(target, names)
    reach = max(0, min(h, w) // 16) if jitter is None else min(jitter, max(h, w))
    rng = generator("class image", seed)
    noise = NOISE * rng.standard_normal((1, h, w, c), np.float64).astype(dtype)
    x = np.repeat(blank + noise, len(targets), axis=0)
    history = []
    for step in range(steps):
        shift = tuple(rng.integers(-reach, reach + 1, 2).tolist())
        moved = np.roll(x, shift, axis=(1, 2))
        logits, gradient = inference.gradient(moved, targets)
        history.append(logits)
        g = np.roll(gradient, (-shift[0], -shift[1]), axis=(1, 2))
        rms = np.sqrt(np.mean(np.square(g), axis=(1, 2, 3), keepdims=True))
        x = x + dtype.type(lr) * g / np.maximum(rms, np.finfo(dtype).tiny)
        x -= dtype.type(l2) * (x - mean)
        x = blurred(x, _sigma(blur, step, steps))
        x = np.clip(x, 0, 1) if bounded else x
    logits = inference.logits(x)
    rows = np.arange(len(targets))
    history.append(logits[rows, targets])
    p = probabilities(logits)[rows, targets]
    return ClassImages(x, targets, p, np.stack(history), names)


def _sigma(blur: float, step: int, steps: int) -> float:
    """The blur of a step, in pixels; below a fifth of a pixel there is nothing to see."""
    sigma = blur * (1 - (step + 1) / steps)
    return sigma if sigma > 0.2 else 0.0


def _targets(target: Target, names: tuple[str, ...]) -> Array:
    if target is None:
        return np.arange(len(names))
    several = target if is_several(target) else [target]
    if not len(several):
        raise InputError("target: expected one class or more, received none")
    return np.array([class_number(each, names) for each in several], np.int64)


def _mean_color(model: Layer, dtype: Any) -> Array:
    first = next((layer for layer in walk(model) if isinstance(layer, Normalize)), None)
    return np.zeros(1, dtype) if first is None else first.mean.value
